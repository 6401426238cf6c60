import Customers
import Foundation
import Web

/// The parts of the mapping page: what it says of the file, its fields and its tables.
struct MappingView {
    let record: ImportRecord
    let frame: ImportFrame

    var words: Localizer { frame.words }
    var detected: DetectedSummary { record.detected }

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
        if let check, check.accepted == 0, check.rows > 0 { alerts.append(warning("nothing_readable")) }
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
                text: missingText)
        case .ambiguousDates:
            Alert(
                .warn, title: words.t("imports.obstacle.dates"),
                text: words.t("imports.obstacle.dates_text", ["example": example(.date)]))
        case .ambiguousNumbers:
            Alert(
                .warn, title: words.t("imports.obstacle.numbers"),
                text: words.t("imports.obstacle.numbers_text", ["example": numberExample]))
        }
    }

    private var numberExample: String {
        record.mapping.template.numberField.map(example) ?? ""
    }

    /// Orders say what they need; of other rows the titles of the fields do.
    private var missingText: String {
        record.mapping.template == .orders
            ? words.t("imports.obstacle.missing_text") : words.t("imports.obstacle.missing_any_text")
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
        case .mappingIncomplete: missingText
        case .ambiguousDates: words.t("imports.obstacle.dates")
        case .ambiguousNumbers: words.t("imports.obstacle.numbers")
        default: words.t("imports.failure.unreadable")
        }
    }
}
