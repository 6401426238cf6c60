import Customers
import Foundation
import Web

/// The file as read, and what a trial run over it found.
extension MappingView {
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
            .init(words.t("imports.template.\(record.mapping.template.rawValue)"), words.number(check.accepted)),
        ]
        if record.mapping.template.namesPeople, record.mapping.template != .customers {
            items.append(.init(words.t("imports.check.customers"), words.number(check.customers)))
        }
        items.append(.init(words.t("imports.check.left_out"), words.number(check.quarantined)))
        if check.further > 0 { items.append(.init(words.t("imports.check.further"), words.number(check.further))) }
        if check.repeated > 0 { items.append(.init(words.t("imports.check.repeated"), words.number(check.repeated))) }
        if let first = check.firstAt, let last = check.lastAt {
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
}
