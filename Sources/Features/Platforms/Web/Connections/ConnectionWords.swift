import Connectors
import Customers
import Foundation
import Jobs
import Records
import Web

/// A connection's state in the reader's words: what it is, why, since when, and the one thing to do.
struct ConnectionWords: Sendable {
    let words: Localizer
    let now: Date

    func pill(_ state: ConnectionState) -> Pill { ConnectionPill.of(state, words) }

    /// "HubSpot needs you".
    func title(_ status: ConnectionStatus, name: String) -> String {
        words.t("connections.title.\(status.state.rawValue)", ["name": name])
    }

    /// Why it is so, in one sentence, with what the vendor said behind it.
    func cause(_ status: ConnectionStatus, name: String) -> String? {
        guard let code = status.cause else {
            let key = "connections.why.\(status.state.rawValue)"
            return words.has(key) ? words.t(key, ["name": name]) : nil
        }
        return sentence(code, name: name)
    }

    /// The sentence for a cause that is stored as a code; codes nobody wrote a sentence for get a general one.
    func sentence(_ code: String, name: String) -> String {
        let key = "connections.cause.\(code)"
        return words.t(words.has(key) ? key : "connections.cause.other", ["name": name])
    }

    /// What the vendor said, quoted, or what has changed there; nil where there is nothing a person could use.
    func quote(_ status: ConnectionStatus, name: String) -> String? {
        guard let cause = status.cause, let detail = Self.detail(of: cause, status.detail) else { return nil }
        return words.t(cause == "schema" ? "connections.changed" : "connections.said", ["name": name, "text": detail])
    }

    /// Causes behind which the vendor's own words are kept; behind the others stand codes of ours.
    private static let withWords: Set = [
        "add_scope", "choose_account", "fix_at_vendor", "configure", "report_to_us", "refused", "schema", "vendor_down",
    ]

    static func detail(of cause: String, _ detail: String?) -> String? {
        guard let detail, !detail.isEmpty, detail != cause, withWords.contains(cause) else { return nil }
        return detail
    }

    /// A stored cause as a sentence, with what the vendor said behind it.
    func problem(_ cause: String, _ detail: String?, name: String) -> String {
        let sentence = sentence(cause, name: name)
        return Self.detail(of: cause, detail).map { sentence + " (" + $0 + ")" } ?? sentence
    }

    /// That it is not asked for some time because it failed several times in a row.
    func leftAlone(_ status: ConnectionStatus, name: String) -> String? {
        status.leftAloneUntil.map { words.t("connections.left_alone", ["name": name, "time": words.time($0)]) }
    }

    func since(_ status: ConnectionStatus) -> String? {
        status.since.map {
            words.t("connections.since", ["ago": words.relative($0, now: now), "time": words.dateTime($0)])
        }
    }

    func until(_ status: ConnectionStatus) -> String? {
        guard let until = status.until, until > now else { return nil }
        return words.t(
            "connections.again", ["in": words.relative(until, now: now), "time": words.time(until)])
    }

    /// What a person does next, as a sentence.
    func step(_ status: ConnectionStatus, name: String) -> String? {
        let key = "connections.step.\(status.nextStep.rawValue)"
        return words.has(key) ? words.t(key, ["name": name]) : nil
    }

    func stream(_ name: String) -> String {
        let key = "connections.stream.\(name)"
        return words.has(key) ? words.t(key) : name.replacing("_", with: " ")
    }

    func streams(_ names: [String]) -> String { names.map(stream).joined(separator: ", ") }

    /// The label above a field of the connect form.
    func field(_ name: String) -> String {
        let key = "connections.field.\(name)"
        return words.has(key) ? words.t(key) : name.replacing("_", with: " ").capitalizedFirst
    }

    func method(_ method: AuthMethod, name: String) -> String {
        let key = "connections.method.\(method.id)"
        return words.has(key)
            ? words.t(key, ["name": name])
            : words.t(method.isRedirect ? "connections.method.oauth" : "connections.method.key", ["name": name])
    }

    func every(_ seconds: Double) -> String {
        let minutes = Int(seconds / 60)
        if minutes % 1440 == 0 { return words.t("connections.every.days", count: minutes / 1440) }
        if minutes % 60 == 0 { return words.t("connections.every.hours", count: minutes / 60) }
        return words.t("connections.every.minutes", count: minutes)
    }
}

extension String {
    /// "api key" as "Api key".
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension PlatformOffer {
    /// Ways to sign in that the operator has set up, best first.
    var readyMethods: [AuthMethod] { methods.filter { configuredMethods.contains($0.id) } }
    var isConfigured: Bool { !configuredMethods.isEmpty }
}

extension ConnectionDetail {
    /// A sync is under way or about to start, so that the page shows progress.
    func isMoving(at now: Date) -> Bool {
        guard let job, !job.state.isFinal else { return false }
        return job.state == .running || job.runAt <= now.addingTimeInterval(5)
    }
}

/// A connection's state as a pill, the same everywhere.
public enum ConnectionPill {
    public static func of(_ state: ConnectionState, _ words: Localizer) -> Pill {
        switch state {
        case .healthy: .state(.healthy, words)
        case .running: .state(.running, words)
        case .queued: .state(.queued, words)
        case .late: .state(.late, words)
        case .error: .state(.error, words)
        case .paused: .state(.paused, words)
        case .rateLimited: .state(.rateLimited, words)
        case .neverRan: .state(.neverRan, words)
        case .actionRequired: .state(.actionRequired, words)
        case .revoked: Pill(.quiet, .cross, words.t("connections.state.revoked"))
        }
    }
}
