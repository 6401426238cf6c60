import Connectors
import Customers
import Foundation
import Platforms
import Records
import Tenancy
import Web

/// The "data" pop-over on every page: each source with its state and how far it is complete.
struct DataPopover {
    /// Days after which a file is too old to act on.
    private static let staleAfterDays = 8.0

    let state: DataState
    let connections: [ConnectionDetail]
    /// Connections whose figures differ from the source's own by more than is allowed.
    var differing: Set<String> = []
    let scope: TenantScope
    let now: Date

    func shell(_ words: Localizer) -> Shell.DataState {
        // A connection says itself how it is; files are as fresh as what was uploaded.
        let own = Set(connections.map(\.connection.id))
        let files = state.sources.filter { !own.contains($0.connectionID) }.map { source in
            Shell.DataState.Row(
                source.name(words), state: pill(source.completeUntil, words).html,
                detail: source.completeUntil.map {
                    words.t("shell.dataUntil", ["date": words.date($0.addingTimeInterval(-1))])
                } ?? words.t("shell.dataNever"))
        }
        let rows = connections.map { row($0, words) } + files
        let summary = state.completeUntil.map {
            words.t("shell.dataUntil", ["date": words.date($0.addingTimeInterval(-1))])
        }
        return Shell.DataState(
            summary: summary ?? words.t("shell.dataNone"), state: pill(state.completeUntil, words).html, rows: rows,
            link: link(words))
    }

    private func row(_ detail: ConnectionDetail, _ words: Localizer) -> Shell.DataState.Row {
        var state = ConnectionPill.of(detail.status.state, words).html
        if differing.contains(detail.connection.id) {
            state = state + Pill(.warn, .diamond, words.t("reconciliation.state.off")).html
        }
        let read = detail.connection.lastSync.map {
            words.t("shell.dataRead", ["ago": words.relative($0, now: now)])
        }
        let late = detail.streams.count { $0.isOn && now > $0.lateAt(since: detail.connection.createdAt) }
        let note = late == 0 ? nil : words.t("health.streams_late", count: late)
        let parts = [read ?? words.t("shell.dataNever"), note].compactMap(\.self)
        return Shell.DataState.Row(detail.connection.label, state: state, detail: parts.joined(separator: ", "))
    }

    private func link(_ words: Localizer) -> Shell.Link {
        let (key, path) =
            scope.can(.integrationView) ? ("shell.nav.health", "/data-health") : ("shell.nav.imports", "/imports")
        return Shell.Link(words.t(key), "/o/\(scope.organization.slug)" + path)
    }

    private func pill(_ completeUntil: Date?, _ words: Localizer) -> Pill {
        guard let completeUntil else { return Pill.state(.neverRan, words) }
        let days = now.timeIntervalSince(completeUntil) / 86_400
        return Pill.state(days > Self.staleAfterDays ? .late : .healthy, words)
    }
}
