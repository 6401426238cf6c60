import Customers
import Foundation
import Web

/// The "data" pop-over on every page: each source with its state and how far it is complete.
struct DataPopover {
    /// Days after which a file is too old to act on.
    private static let staleAfterDays = 8.0

    let state: DataState
    let slug: String
    let now: Date

    func shell(_ words: Localizer) -> Shell.DataState {
        let rows = state.sources.map { source in
            Shell.DataState.Row(
                source.name(words), state: pill(source.completeUntil, words).html,
                detail: source.completeUntil.map {
                    words.t("shell.dataUntil", ["date": words.date($0.addingTimeInterval(-1))])
                } ?? words.t("shell.dataNever"))
        }
        let summary = state.completeUntil.map {
            words.t("shell.dataUntil", ["date": words.date($0.addingTimeInterval(-1))])
        }
        return Shell.DataState(
            summary: summary ?? words.t("shell.dataNone"), state: pill(state.completeUntil, words).html, rows: rows,
            link: Shell.Link(words.t("shell.nav.imports"), "/o/\(slug)/imports"))
    }

    private func pill(_ completeUntil: Date?, _ words: Localizer) -> Pill {
        guard let completeUntil else { return Pill.state(.neverRan, words) }
        let days = now.timeIntervalSince(completeUntil) / 86_400
        return Pill.state(days > Self.staleAfterDays ? .late : .healthy, words)
    }
}
