import Foundation
import Web

/// Where entries of the ledger came from, in words.
struct ConsentOrigins: Sendable {
    /// By the entry's id.
    var sources: [String: SourceState] = [:]
    var platformName: @Sendable (String) -> String = { $0 }

    /// The connection's name where one brought the entry, else how it came in.
    func name(_ record: ConsentRecord, _ words: Localizer) -> String {
        sources[record.id]?.name(words) ?? words.t("customers.source.\(record.source)")
    }

    /// How it came in, where the name does not say so: the platform, or the kind of source.
    func kind(_ record: ConsentRecord, _ words: Localizer) -> String? {
        guard let source = sources[record.id] else { return nil }
        let kind =
            record.source == "platform"
            ? platformName(source.platform) : words.t("customers.source.\(record.source)")
        return source.name(words).contains(kind) ? nil : kind
    }

    func text(_ record: ConsentRecord, _ words: Localizer) -> String {
        [name(record, words), kind(record, words)].compactMap(\.self).joined(separator: " · ")
    }
}

/// The consent ledger of one person.
struct LedgerTable {
    let words: Localizer
    let origins: ConsentOrigins

    func html(_ records: [ConsentRecord]) -> SafeHTML {
        let rows = records.map { record -> [TableCell] in
            let source = [origins.kind(record, words), record.wordingVersion].compactMap(\.self)
            return [
                .text(words.t("customers.purpose.\(record.purpose.rawValue)")),
                .two(
                    words.t("customers.state.\(record.state.rawValue)"),
                    sub: words.t("customers.basis.\(record.basis.rawValue)")),
                record.collectedAt.map { .time(words.date($0), iso: CivilTime($0).isoDay) } ?? .none,
                record.expiresAt.map { .time(words.date($0), iso: CivilTime($0).isoDay) } ?? .none,
                .two(origins.name(record, words), sub: source.joined(separator: " · ")),
            ]
        }
        let empty = EmptyState(
            .nothing, title: words.t("customers.ledger.empty_title"), text: words.t("customers.ledger.empty_text"))
        return DataTable(
            id: "ledger", caption: words.t("customers.ledger.caption"),
            columns: [
                .init(words.t("customers.ledger.purpose")), .init(words.t("customers.ledger.state")),
                .init(words.t("customers.ledger.collected")), .init(words.t("customers.ledger.expires")),
                .init(words.t("customers.ledger.source")),
            ], rows: rows, empty: empty.html(words), compact: true, showsCaption: false, stacks: true
        ).html(words)
    }
}
