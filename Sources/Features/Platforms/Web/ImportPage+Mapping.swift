import Customers
import Foundation
import Web

extension ImportPage {
    /// The file waits for a person's word on how to read it.
    init(
        mapping record: ImportRecord, check: DryRun?, earlier: ImportRecord?, error: ImportError?, currency: String,
        frame: ImportFrame
    ) {
        self.init(frame: frame)
        let view = MappingView(record: record, frame: frame)
        alerts = view.alerts(earlier: earlier, error: error, check: check)
        mapAction = frame.base + "/mapping"
        fields = view.columnFields()
        settings = view.settingFields()
        preview = view.preview()
        guard record.obstacles.isEmpty, let check else { return }
        self.check = view.checkTable(check)
        guard check.orders > 0 else { return }
        runAction = frame.base + "/run"
        consent = view.consentFields()
        let words = frame.words
        runButton =
            check.isPartial
            ? words.t("imports.run.button_all") : words.t("imports.run.button", count: check.orders)
    }
}

/// The parts of the mapping page.
private struct MappingView {
    let record: ImportRecord
    let frame: ImportFrame

    private var words: Localizer { frame.words }
    private var detected: DetectedSummary { record.detected }

    func alerts(earlier: ImportRecord?, error: ImportError?, check: DryRun?) -> SafeHTML? {
        var alerts: [Alert] = []
        if let failure = record.failure, record.state == .failed {
            alerts.append(
                Alert(
                    .bad, title: words.t("imports.failed"),
                    text: words.t("imports.failure.\(failure.code)", failure.arguments)))
        }
        if let error { alerts.append(Alert(.bad, title: words.t("imports.not_saved"), text: sentence(error))) }
        for obstacle in record.obstacles { alerts.append(alert(obstacle)) }
        if detected.columns.count < 2 { alerts.append(warning("one_column")) }
        if !detected.duplicateNames.isEmpty {
            alerts.append(warning("duplicate_names", ["names": detected.duplicateNames.joined(separator: ", ")]))
        }
        if let column = record.mapping[.date], column < detected.columns.count,
            detected.columns[column].datesNotRead > 0
        {
            alerts.append(
                warning("mixed_dates", ["n": words.number(detected.columns[column].datesNotRead)]))
        }
        if let check, check.orders == 0, check.rows > 0 { alerts.append(warning("nothing_readable")) }
        if let earlier {
            alerts.append(
                Alert(
                    .info, title: words.t("imports.warning.same_file"),
                    text: words.t("imports.warning.same_file_text", ["time": words.dateTime(earlier.createdAt)]),
                    actions: [Link(words.t("imports.warning.same_file_link"), frame.path + "/" + earlier.id)]))
        }
        return alerts.isEmpty ? nil : alerts.map(\.html).reduce(.empty, +)
    }

    private func alert(_ obstacle: ImportObstacle) -> Alert {
        switch obstacle {
        case .missingColumn(let field):
            Alert(
                .warn,
                title: words.t("imports.obstacle.missing", ["field": words.t("imports.field.\(field.rawValue)")]),
                text: words.t("imports.obstacle.missing_text"))
        case .ambiguousDates:
            Alert(
                .warn, title: words.t("imports.obstacle.dates"),
                text: words.t("imports.obstacle.dates_text", ["example": example(.date)]))
        case .ambiguousNumbers:
            Alert(
                .warn, title: words.t("imports.obstacle.numbers"),
                text: words.t("imports.obstacle.numbers_text", ["example": example(.amount)]))
        }
    }

    private func example(_ field: ImportField) -> String {
        record.mapping[field].flatMap { $0 < detected.columns.count ? detected.columns[$0].examples.first : nil } ?? ""
    }

    private func warning(_ key: String, _ arguments: [String: String] = [:]) -> Alert {
        Alert(
            .warn, title: words.t("imports.warning.\(key)", arguments),
            text: words.t("imports.warning.\(key)_text", arguments))
    }

    private func sentence(_ error: ImportError) -> String {
        switch error {
        case .unreadable(let failure): words.t("imports.failure.\(failure.code)", failure.arguments)
        case .invalidMapping(let field, _): words.t("imports.invalid", ["field": field])
        case .fileGone: words.t("imports.failure.file_gone")
        case .mappingIncomplete: words.t("imports.obstacle.missing_text")
        case .ambiguousDates: words.t("imports.obstacle.dates")
        case .ambiguousNumbers: words.t("imports.obstacle.numbers")
        default: words.t("imports.failure.unreadable")
        }
    }

    // MARK: Fields

    func columnFields() -> SafeHTML {
        let none = Field.Option("", words.t("imports.map.none"))
        let columns = detected.columns.enumerated().map { index, column in
            let sample = column.examples.first.map { " – " + String($0.prefix(24)) } ?? ""
            return Field.Option(String(index), column.name + sample)
        }
        return html(
            ImportField.allCases.map { field in
                let isRequired = ImportField.required.contains(field)
                return .select(
                    "column_" + field.rawValue, label: words.t("imports.field.\(field.rawValue)"),
                    options: [none] + columns, selected: record.mapping[field].map(String.init) ?? "",
                    help: isRequired || field == .email ? words.t("imports.field_help.\(field.rawValue)") : nil,
                    required: false, saysOptional: !isRequired)
            })
    }

    func settingFields() -> SafeHTML {
        let mapping = record.mapping
        let delimiters = CSVDetector.delimiters.map { byte -> Field.Option in
            let text = byte == 0x09 ? "tab" : String(UnicodeScalar(byte))
            return .init(text, words.t("imports.delimiter.\(Self.delimiterKey(byte))"))
        }
        return html(
            [
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
                + (mapping[.consentExpiry] == nil
                    ? []
                    : [
                        .select(
                            "expiry_format", label: words.t("imports.map.expiry_format"), options: dateOptions(),
                            selected: mapping.expiryFormat.rawValue)
                    ]))
    }

    private func dateOptions() -> [Field.Option] {
        DateFormat.allCases.map { .init($0.rawValue, words.t("imports.date_format.\(Self.dateKey($0))")) }
    }

    func consentFields() -> SafeHTML {
        let days = [90, 180, 365, 730]
        return html([
            .checkbox(
                "consent", label: words.t("imports.consent.statement"), isOn: false,
                help: words.t("imports.consent.help", ["version": ConsentConfirmation.wordingVersion])),
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

    // MARK: Tables

    func preview() -> SafeHTML {
        let meanings = Dictionary(
            record.mapping.columns.compactMap { name, column in
                ImportField(rawValue: name).map { (column, words.t("imports.field.\($0.rawValue)")) }
            }, uniquingKeysWith: { $0 + ", " + $1 })
        let columns =
            [TableColumn(words.t("imports.preview.line"), shrinks: true)]
            + detected.columns.enumerated().map { index, column in
                TableColumn(meanings[index].map { "\(column.name) → \($0)" } ?? column.name)
            }
        let rows = zip(detected.preview, detected.previewLines).prefix(10).map { cells, line -> [TableCell] in
            [.text(String(line))]
                + detected.columns.indices.map { $0 < cells.count ? .text(String(cells[$0].prefix(60))) : .none }
        }
        return DataTable(
            id: "preview", caption: words.t("imports.preview.caption"), columns: columns, rows: Array(rows),
            compact: true, wide: true
        ).html(words)
    }

    func checkTable(_ check: DryRun) -> SafeHTML {
        var items: [Terms.Item] = [
            .init(words.t("imports.check.rows"), words.number(check.rows)),
            .init(words.t("imports.check.orders"), words.number(check.orders)),
            .init(words.t("imports.check.customers"), words.number(check.customers)),
            .init(words.t("imports.check.left_out"), words.number(check.quarantined)),
        ]
        if check.repeated > 0 { items.append(.init(words.t("imports.check.repeated"), words.number(check.repeated))) }
        if let first = check.firstOrderAt, let last = check.lastOrderAt {
            items.append(.init(words.t("imports.check.span"), "\(words.date(first)) – \(words.date(last))"))
        }
        for (currency, minor) in check.amounts.sorted(by: { $0.key < $1.key }) {
            items.append(.init(words.t("imports.check.amount"), words.money(minor, currency)))
        }
        if record.mapping[.consentPurpose] != nil {
            items.append(.init(words.t("imports.check.consents"), words.number(check.rowsWithConsent)))
        }
        let terms = Terms(items, across: true).html
        let note =
            check.isPartial
            ? Alert(.info, title: words.t("imports.check.partial", count: DryRun.maximumRows)).html : .empty
        let problems =
            check.problems.isEmpty
            ? SafeHTML.empty
            : ProblemTable(words: words).html(check.problems, caption: words.t("imports.check.problems"))
        return terms + note + problems
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

/// Rows that were, or would be, left out.
struct ProblemTable {
    let words: Localizer

    func html(_ problems: [RowProblem], caption: String, note: String? = nil) -> SafeHTML {
        let rows = problems.map { problem -> [TableCell] in
            [
                .text(words.number(problem.line)), .text(problem.column),
                .text(words.t("imports.problem.\(problem.code.rawValue)")), .text(problem.value),
            ]
        }
        return DataTable(
            id: "problems", caption: caption, note: note,
            columns: [
                .init(words.t("imports.problem_table.line"), shrinks: true),
                .init(words.t("imports.problem_table.column")),
                .init(words.t("imports.problem_table.reason"), wraps: true),
                .init(words.t("imports.problem_table.value"), wraps: true),
            ], rows: rows, compact: true
        ).html(words)
    }
}
