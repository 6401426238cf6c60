import Connectors
import Foundation
import Records
import Web

/// All connections with their states, and every platform that can be connected.
struct ConnectionsPage: Page {
    static let template = "connections/index"

    let title: String
    let connections: SafeHTML
    let heading: String
    let platforms: SafeHTML
    let syncAction: String?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "connections": connections
        case "heading": heading
        case "platforms": platforms
        case "syncAction": syncAction
        default: nil
        }
    }

    static let sample = ConnectionsPage(
        title: "2 connections", connections: .text("connections"), heading: "Platforms", platforms: .text("platforms"),
        syncAction: "/o/shop/connections/sync-all")
}

extension ConnectionsPage {
    /// What the page is made from.
    struct Facts {
        var details: [ConnectionDetail]
        /// The doors for files.
        var files: [Connection]
        var offers: [PlatformOffer]
        var mayConnect: Bool
        var mayImport: Bool
        var mayManage: Bool
        /// `/o/{slug}`.
        var base: String
    }

    init(_ facts: Facts, _ words: ConnectionWords) {
        let l = words.words
        let troubled = facts.details.count { [.actionRequired, .error].contains($0.status.state) }
        title =
            troubled > 0
            ? l.t("connections.index.troubled", count: troubled)
            : facts.details.isEmpty
                ? l.t("connections.index.none") : l.t("connections.index.title", count: facts.details.count)
        heading = l.t("connections.index.platforms")
        connections = Self.connections(facts, words)
        platforms = Self.platforms(facts, words)
        let canRead = facts.details.contains { $0.connection.status == "connected" }
        syncAction = facts.mayManage && canRead ? facts.base + "/connections/sync-all" : nil
    }

    private static func connections(_ facts: Facts, _ words: ConnectionWords) -> SafeHTML {
        let l = words.words
        let names = Dictionary(uniqueKeysWithValues: facts.offers.map { ($0.platform, $0.name) })
        let rows = facts.details.map { detail -> [TableCell] in
            let connection = detail.connection
            let name = names[connection.platform] ?? connection.platform
            return [
                .rowLink(connection.label, facts.base + "/connections/" + connection.id, sub: name),
                .pill(words.pill(detail.status.state)),
                .text(words.cause(detail.status, name: name) ?? ""),
                connection.lastSync.map {
                    .time(l.relative($0, now: words.now), iso: CivilTime($0).isoDay)
                } ?? .none,
                .number(l.number(detail.streams.reduce(0) { $0 + $1.rows })),
                .number(l.number(detail.health)),
            ]
        }
        let empty = EmptyState(
            .notConnected, title: l.t("connections.index.empty"), text: l.t("connections.index.empty_text"))
        return DataTable(
            id: "connections", caption: l.t("connections.index.caption"),
            columns: [
                .init(l.t("connections.index.connection")), .init(l.t("connections.index.state"), shrinks: true),
                .init(l.t("connections.index.why"), wraps: true), .init(l.t("connections.index.last")),
                .init(l.t("connections.index.rows"), .end), .init(l.t("connections.index.health"), .end),
            ], rows: rows, empty: empty.html, showsCaption: false, stacks: true
        ).html(l)
    }

    private static func platforms(_ facts: Facts, _ words: ConnectionWords) -> SafeHTML {
        let l = words.words
        let counts = Dictionary(grouping: facts.details, by: \.connection.platform).mapValues(\.count)
        var rows = facts.offers.map { offer -> [TableCell] in
            let ways = offer.readyMethods.map { words.method($0, name: offer.name) }.joined(separator: " · ")
            let canOpen = offer.isConfigured && facts.mayConnect
            return [
                canOpen
                    ? .rowLink(offer.name, facts.base + "/connections/new/" + offer.platform) : .text(offer.name),
                .pill(pill(offer, connected: counts[offer.platform] ?? 0, l)),
                .text(words.streams(offer.streams)),
                ways.isEmpty ? .none : .text(ways),
                .text(l.t(offer.hasWebhooks ? "connections.index.at_once" : "connections.index.by_clock")),
            ]
        }
        let name = l.t("connections.index.files")
        rows.append([
            facts.mayImport ? .rowLink(name, facts.base + "/imports") : .text(name),
            .pill(
                facts.files.isEmpty
                    ? Pill(.quiet, .ring, l.t("connections.offer.available"))
                    : Pill(.good, .check, l.t("connections.offer.used"))),
            .text(l.t("connections.index.files_streams")), .text(l.t("connections.index.files_way")),
            .text(l.t("connections.index.files_fresh")),
        ])
        return DataTable(
            id: "platforms", caption: l.t("connections.index.platforms"),
            columns: [
                .init(l.t("connections.index.platform")), .init(l.t("connections.index.state"), shrinks: true),
                .init(l.t("connections.index.brings"), wraps: true), .init(l.t("connections.index.way"), wraps: true),
                .init(l.t("connections.index.fresh")),
            ], rows: rows, showsCaption: false, stacks: true
        ).html(l)
    }

    private static func pill(_ offer: PlatformOffer, connected: Int, _ l: Localizer) -> Pill {
        if connected > 0 { return Pill(.good, .check, l.t("connections.offer.connected", count: connected)) }
        if offer.isConfigured { return Pill(.quiet, .ring, l.t("connections.offer.available")) }
        return Pill(.quiet, .dash, l.t("connections.offer.not_configured"))
    }
}
