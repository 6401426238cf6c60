import Connectors
import Foundation
import Web

/// Actions and approvals in the reader's words.
struct ApprovalWords: Sendable {
    let words: Localizer
    let now: Date

    func pill(_ state: Approval.State) -> Pill {
        let look: (Tone, Pill.Shape) =
            switch state {
            case .proposed: (.warn, .half)
            case .approved: (.info, .ring)
            case .executing: (.info, .arc)
            case .executed: (.good, .check)
            case .failed: (.bad, .cross)
            case .rejected, .expired: (.quiet, .dash)
            }
        return Pill(look.0, look.1, words.t("approvals.state.\(state.rawValue)"))
    }

    func kind(_ kind: ActionKind) -> String { words.t("approvals.kind.\(kind.rawValue)") }

    func criticality(_ criticality: Criticality) -> String {
        words.t("approvals.criticality.\(criticality.rawValue)")
    }

    /// "Change a budget: 23000".
    func title(_ command: ActionCommand) -> String {
        let target = command.id ?? command.listID ?? command.code
        return target.map { words.t("approvals.title_of", ["what": kind(command.type), "target": $0]) }
            ?? kind(command.type)
    }

    func refusal(_ code: String) -> String {
        let key = "approvals.refused.\(code)"
        return words.t(words.has(key) ? key : "approvals.refused.other")
    }

    /// What came of it, in one sentence; nil while nothing has.
    func outcome(_ approval: Approval) -> String? {
        guard let outcome = approval.outcome else { return nil }
        if outcome.code == "done" {
            let verified = outcome.isVerified.map { $0 ? "verified" : "not_yet" } ?? "unseen"
            return words.t("approvals.outcome.\(verified)")
        }
        let key = "approvals.outcome.\(outcome.code)"
        let sentence = words.has(key) ? words.t(key) : refusal(outcome.code)
        guard let detail = outcome.detail, !detail.isEmpty else { return sentence }
        return sentence + " " + words.t("approvals.said", ["text": detail])
    }

    /// How many people are part of it, and why not all.
    func people(_ people: Approval.People) -> String {
        var parts = [words.t("approvals.people.included", count: people.included)]
        if people.withoutConsent > 0 {
            parts.append(words.t("approvals.people.without_consent", count: people.withoutConsent))
        }
        if people.unknown > 0 { parts.append(words.t("approvals.people.unknown", count: people.unknown)) }
        if let purpose = people.purpose {
            let key = "connections.consent.purpose.\(purpose)"
            parts.append(words.t("approvals.people.purpose", ["purpose": words.has(key) ? words.t(key) : purpose]))
        }
        return parts.joined(separator: " ")
    }

    func changes(before: String, after: String) -> SafeHTML? {
        let old = ChangedFields(before)
        let new = ChangedFields(after)
        guard !new.names.isEmpty else { return nil }
        let rows = new.names.map { name in
            [TableCell.text(name), .text(old.values[name] ?? "–"), .text(new.values[name] ?? "–")]
        }
        return DataTable(
            id: "plan", caption: words.t("approvals.show.change"),
            columns: [
                .init(words.t("approvals.show.field")), .init(words.t("approvals.show.now"), wraps: true),
                .init(words.t("approvals.show.then"), wraps: true),
            ], rows: rows, compact: true, showsCaption: false
        ).html(words)
    }

    func requests(_ requests: [ExactRequest]) -> SafeHTML {
        HTMLWriter.build { html in
            for request in requests { html.element("pre", text: Self.text(request)) }
        }
    }

    /// Beyond so many characters a body is shown in part; the API has it whole.
    static let longestBody = 20_000

    static func text(_ request: ExactRequest) -> String {
        let head = [request.method + " " + request.url] + request.headers.map { $0.name + ": " + $0.value }
        guard let body = request.body, !body.isEmpty else { return head.joined(separator: "\n") }
        let shown = body.count > longestBody ? body.prefix(longestBody) + "…" : body[...]
        return head.joined(separator: "\n") + "\n\n" + shown
    }
}

/// The members of a kept JSON object as texts.
struct ChangedFields {
    private(set) var names: [String] = []
    private(set) var values: [String: String] = [:]

    init(_ text: String) {
        guard case .object(let members)? = try? JSONParser.parse(Array(text.utf8)) else { return }
        for member in members {
            names.append(member.name)
            values[member.name] = Self.text(member.value)
        }
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: return "–"
        case .string(let text): return text.isEmpty ? "–" : text
        case .array(let items):
            let shown = items.prefix(20).map { text($0) }.joined(separator: ", ")
            return items.isEmpty ? "–" : items.count > 20 ? shown + ", …" : shown
        default:
            var writer = JSONWriter()
            value.write(to: &writer)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }
}
