import Customers
import Web

/// The fields in which a person says how to read the file.
extension MappingView {
    func columnFields() -> SafeHTML {
        let none = Field.Option("", words.t("imports.map.none"))
        let columns = detected.columns.enumerated().map { index, column in
            let sample = column.examples.first.map { " – " + String($0.prefix(24)) } ?? ""
            return Field.Option(String(index), column.name + sample)
        }
        let template = record.mapping.template
        return html(
            template.fields.map { field in
                let isRequired = template.required.contains(field)
                return .select(
                    "column_" + field.rawValue, label: words.t("imports.field.\(field.rawValue)"),
                    options: [none] + columns, selected: record.mapping[field].map(String.init) ?? "",
                    help: help(field, isRequired: isRequired), required: false, saysOptional: !isRequired)
            })
    }

    private func help(_ field: ImportField, isRequired: Bool) -> String? {
        switch field {
        case .customer where isRequired: words.t("imports.field_help.customer")
        case .email: words.t("imports.field_help.email")
        case .amount where record.mapping.template == .orders: words.t("imports.field_help.amount")
        case .id where record.mapping.template == .products: words.t("imports.field_help.product")
        default: isRequired ? words.t("imports.field_help.required") : nil
        }
    }

    /// What the rows are; another answer proposes all columns anew.
    func templateField() -> SafeHTML {
        html([
            .select(
                "template", label: words.t("imports.map.template"),
                options: ImportTemplate.allCases.map {
                    .init($0.rawValue, words.t("imports.template.\($0.rawValue)"))
                }, selected: record.mapping.template.rawValue, help: words.t("imports.map.template_help"),
                short: true)
        ])
    }

    func settingFields() -> SafeHTML {
        let values = valueFields()
        guard detected.form == .csv else { return html(values) }
        return html(values + tableFields())
    }

    /// How a table is cut into lines and cells.
    private func tableFields() -> [Field] {
        let mapping = record.mapping
        let delimiters = CSVDetector.delimiters.map { byte -> Field.Option in
            let text = byte == 0x09 ? "tab" : String(UnicodeScalar(byte))
            return .init(text, words.t("imports.delimiter.\(Self.delimiterKey(byte))"))
        }
        return [
            .select(
                "delimiter", label: words.t("imports.map.delimiter"), options: delimiters,
                selected: mapping.delimiter == "\t" ? "tab" : mapping.delimiter),
            .select(
                "encoding", label: words.t("imports.map.encoding"),
                options: TextEncoding.allCases.map { .init($0.rawValue, $0.rawValue.uppercased()) },
                selected: mapping.encoding.rawValue),
            .select(
                "has_header", label: words.t("imports.map.header"),
                options: [
                    .init("yes", words.t("imports.map.header_yes")), .init("no", words.t("imports.map.header_no")),
                ], selected: mapping.hasHeader ? "yes" : "no"),
        ]
    }

    private func valueFields() -> [Field] {
        let mapping = record.mapping
        var fields: [Field] = [
            .select(
                "date_format", label: words.t("imports.map.date_format"), options: dateOptions(),
                selected: mapping.dateFormat.rawValue),
            .select(
                "number_format", label: words.t("imports.map.number_format"),
                options: NumberFormat.allCases.map { .init($0.rawValue, $0.rawValue) },
                selected: mapping.numberFormat.rawValue),
            .text(
                "currency", label: words.t("imports.map.currency"), value: mapping.currency,
                help: words.t("imports.map.currency_help"), short: true),
        ]
        if mapping[.consentExpiry] != nil {
            fields.append(
                .select(
                    "expiry_format", label: words.t("imports.map.expiry_format"), options: dateOptions(),
                    selected: mapping.expiryFormat.rawValue))
        }
        return fields
    }

    private func dateOptions() -> [Field.Option] {
        DateFormat.allCases.map { .init($0.rawValue, words.t("imports.date_format.\(Self.dateKey($0))")) }
    }

    func consentFields() -> SafeHTML {
        let days = [90, 180, 365, 730]
        let template = record.mapping.template
        return html([
            .checkbox(
                "consent", label: words.t("imports.consent.statement.\(template.rawValue)"), isOn: false,
                help: words.t(
                    "imports.consent.help", ["version": ConsentConfirmation.wordingVersion(of: template)])),
            .select(
                "consent_days", label: words.t("imports.consent.days"),
                options: days.map { .init(String($0), words.t("imports.consent.days_option", count: $0)) },
                selected: String(ConsentConfirmation.standardDays), short: true),
        ])
    }

    private func html(_ fields: [Field]) -> SafeHTML {
        HTMLWriter.build { html in
            for field in fields { field.write(to: &html, words) }
        }
    }

    private static func delimiterKey(_ byte: UInt8) -> String {
        switch byte {
        case 0x2C: "comma"
        case 0x3B: "semicolon"
        case 0x09: "tab"
        default: "pipe"
        }
    }

    private static func dateKey(_ format: DateFormat) -> String {
        switch format {
        case .iso: "iso"
        case .dayFirst: "day_first"
        case .monthFirst: "month_first"
        case .compact: "compact"
        case .epochSeconds: "epoch_s"
        case .epochMilliseconds: "epoch_ms"
        }
    }
}
