import Foundation
import Web

/// Requests in which programs sent rows, each with what came of it and a button that takes it back.
struct SentTable {
    let requests: [IngestRequest]
    /// `/o/{slug}/imports`.
    let path: String
    let now: Date
    let words: Localizer

    var html: SafeHTML {
        DataTable(
            id: "sent", caption: words.t("imports.sent.heading"),
            columns: [
                .init(words.t("imports.sent.when")), .init(words.t("imports.table.rows_are")),
                .init(words.t("imports.table.state"), shrinks: true), .init(words.t("imports.table.new"), .end),
                .init(words.t("imports.result.updated"), .end), .init(words.t("imports.sent.refused"), .end),
                .init(words.t("imports.sent.undo"), shrinks: true),
            ], rows: requests.map(cells), compact: true, showsCaption: false, stacks: true
        ).html(words)
    }

    private func cells(_ request: IngestRequest) -> [TableCell] {
        let counts = request.counts
        return [
            .two(words.dateTime(request.createdAt), sub: request.sentByName ?? ""),
            .text(words.t("imports.sent.type.\(request.type.stream)")), .pill(request.state.pill(words)),
            .number(words.number(counts.created)), .number(words.number(counts.updated)),
            .number(words.number(counts.refused)), request.mayUndo(at: now) ? .html(button(request)) : .none,
        ]
    }

    private func button(_ request: IngestRequest) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<form method=\"post\"")
            html.attribute("action", path + "/requests/" + request.id + "/undo")
            html.raw("><button class=\"button small\" type=\"submit\">")
            html.text(words.t("imports.sent.undo"))
            html.raw("</button></form>")
        }
    }
}

extension IngestRequest.State {
    func pill(_ words: Localizer) -> Pill {
        let word = words.t("imports.sent.state.\(rawValue)")
        return switch self {
        case .open: Pill(.info, .arc, word)
        case .received: Pill(.good, .check, word)
        case .undoing: Pill(.info, .arc, word)
        case .undone: Pill(.quiet, .dash, word)
        }
    }
}
