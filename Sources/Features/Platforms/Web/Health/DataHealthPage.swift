import Connectors
import Foundation
import Records
import Web

/// Every source and stream with how fresh it is, and the records that were put aside.
struct DataHealthPage: Page {
    static let template = "connections/health"

    var title = ""
    var sources = SafeHTML.empty
    var streams: SafeHTML?
    var aside = SafeHTML.empty

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "sources": sources
        case "streams": streams
        case "aside": aside
        default: nil
        }
    }

    static let sample = DataHealthPage(
        title: "All 12 streams are in time", sources: .text("sources"), streams: .text("streams"),
        aside: .text("aside"))
}

extension DataHealthPage {
    static let asideShown = 100

    /// What the page is made from.
    struct Facts {
        var sources: [SourceHealth]
        var aside: [QuarantinedRow]
        /// `aside` are those that somebody left aside for good.
        var showsIgnored = false
        var hasIgnored = false
        var names: [String: String]
        /// `/o/{slug}`.
        var base: String
        var mayRetry: Bool
    }

    init(_ facts: Facts, _ words: ConnectionWords) {
        let l = words.words
        let all = facts.sources.flatMap(\.streams)
        let troubled = all.count { [.late, .failed, .held].contains($0.state) }
        title =
            all.isEmpty
            ? l.t("health.title.none")
            : troubled > 0
                ? l.t("health.title.troubled", count: troubled) : l.t("health.title.fresh", count: all.count)
        sources = Self.sources(facts, words)
        streams = all.isEmpty ? nil : Self.streams(facts, words)
        aside =
            QuarantineTable(
                rows: facts.aside, words: words, base: facts.base, mayRetry: facts.mayRetry,
                showsIgnored: facts.showsIgnored,
                labels: Dictionary(
                    facts.sources.map { ($0.detail.connection.id, $0.detail.connection.label) },
                    uniquingKeysWith: { first, _ in first })
            ).html + Self.otherList(facts, l)
    }

    /// The way between what waits and what was left aside for good.
    private static func otherList(_ facts: Facts, _ l: Localizer) -> SafeHTML {
        guard facts.showsIgnored || facts.hasIgnored else { return .empty }
        return HTMLWriter.build { html in
            html.raw("<p>")
            let path = facts.base + "/data-health"
            html.link(
                facts.showsIgnored ? path + "#quarantine" : path + "?aside=ignored#quarantine",
                text: l.t(facts.showsIgnored ? "health.see_open" : "health.see_ignored"))
            html.raw("</p>")
        }
    }

    private static func sources(_ facts: Facts, _ words: ConnectionWords) -> SafeHTML {
        let l = words.words
        let rows = facts.sources.map { source -> [TableCell] in
            let (connection, parts) = (source.detail.connection, source.detail.healthParts)
            return [
                .rowLink(
                    connection.label, facts.base + "/connections/" + connection.id,
                    sub: facts.names[connection.platform] ?? connection.platform),
                .pill(words.pill(source.detail.status.state)),
                source.asOf.map { .time(l.relative($0, now: words.now), iso: CivilTime($0).isoDay) } ?? .none,
                .number(l.number(parts.score)), .number(l.number(parts.freshness)), .number(l.number(parts.success)),
                .number(l.number(parts.headroom)), .number(l.number(parts.reconciliation)),
            ]
        }
        let empty = EmptyState(.notConnected, title: l.t("health.empty"), text: l.t("health.empty_text"))
        return DataTable(
            id: "source-health", caption: l.t("health.sources"),
            columns: [
                .init(l.t("connections.index.connection")), .init(l.t("connections.index.state"), shrinks: true),
                .init(l.t("health.as_of")), .init(l.t("health.score"), .end), .init(l.t("health.freshness"), .end),
                .init(l.t("health.success"), .end), .init(l.t("health.headroom"), .end),
                .init(l.t("health.reconciliation"), .end),
            ], rows: rows, empty: empty.html, showsCaption: false, stacks: true
        ).html(l)
    }

    /// The streams that need a look come first.
    private static func streams(_ facts: Facts, _ words: ConnectionWords) -> SafeHTML {
        let l = words.words
        let all = facts.sources.flatMap { source in source.streams.map { (source, $0) } }
        let calm: [StreamHealth.State] = [.ok, .neverRan, .off]
        let ordered = all.filter { !calm.contains($0.1.state) } + all.filter { calm.contains($0.1.state) }
        let rows = ordered.map { source, stream -> [TableCell] in
            [
                .two(words.stream(stream.stream), sub: source.detail.connection.label),
                .pill(stream.errorCode == "rate_limited" ? .state(.rateLimited, l) : pill(stream.state, l)),
                stream.lastOkAt.map { .time(l.relative($0, now: words.now), iso: CivilTime($0).isoDay) } ?? .none,
                stream.asOf.map { .time(l.dateTime($0), iso: CivilTime($0).isoDay) } ?? .none,
                stream.lateness > 0 ? .number(l.duration(seconds: stream.lateness)) : .none,
                .number(l.number(stream.rows)), .number(l.number(stream.quarantined)),
                stream.errorCode.map {
                    .text(words.sentence($0, name: facts.names[source.detail.connection.platform] ?? ""))
                } ?? .none,
            ]
        }
        return DataTable(
            id: "stream-health", caption: l.t("health.streams"),
            columns: [
                .init(l.t("connections.show.stream")), .init(l.t("connections.index.state"), shrinks: true),
                .init(l.t("connections.index.last")), .init(l.t("health.as_of")), .init(l.t("health.late_by"), .end),
                .init(l.t("connections.index.rows"), .end), .init(l.t("connections.show.aside"), .end),
                .init(l.t("connections.show.problem"), wraps: true),
            ], rows: rows, compact: true, showsCaption: false, stacks: true
        ).html(l)
    }

    private static func pill(_ state: StreamHealth.State, _ l: Localizer) -> Pill {
        switch state {
        case .ok: .state(.healthy, l)
        case .late: .state(.late, l)
        case .failed: .state(.error, l)
        case .held: .state(.actionRequired, l)
        case .neverRan: .state(.neverRan, l)
        case .off: .state(.paused, l)
        }
    }
}
