import BSON
import Foundation
import Tenancy
import Web

/// A change at a platform that somebody proposes, with the exact requests it consists of, who agreed to them, and what
/// came of it. Nothing is changed at a platform without one.
public struct Approval: TenantDocument, Codable, Equatable {
    public enum State: String, Codable, Sendable, CaseIterable {
        case proposed, approved, rejected, executing, executed, failed, expired

        public var isOpen: Bool { self == .proposed || self == .approved }
        public var isFinal: Bool { !isOpen && self != .executing }
    }

    /// A person at a moment.
    public struct Act: Codable, Sendable, Equatable {
        public var actor: String
        public var name: String
        public var at: Date
        public var comment: String?
    }

    /// How many people were asked for and how many are part of it.
    public struct People: Codable, Sendable, Equatable {
        public var asked = 0
        public var included = 0
        public var withoutConsent = 0
        /// Whom the platform does not know, or who has no address.
        public var unknown = 0
        public var purpose: String?

        public init(
            asked: Int = 0, included: Int = 0, withoutConsent: Int = 0, unknown: Int = 0, purpose: String? = nil
        ) {
            self.asked = asked
            self.included = included
            self.withoutConsent = withoutConsent
            self.unknown = unknown
            self.purpose = purpose
        }

        enum CodingKeys: String, CodingKey {
            case asked, included, unknown, purpose
            case withoutConsent = "without_consent"
        }
    }

    /// How far one request is. `sent` without an end means that nobody knows whether it arrived.
    public struct Step: Codable, Sendable, Equatable {
        public enum State: String, Codable, Sendable { case waiting, sent, done }
        public var state: State
        public var taken: [String: String]
        public var at: Date?

        static let waiting = Step(state: .waiting, taken: [:], at: nil)
    }

    public struct Outcome: Codable, Sendable, Equatable {
        /// `done`, or why not: a refusal, `vendor`, `unknown`, `unreachable`.
        public var code: String
        /// What the vendor said.
        public var detail: String?
        /// Whether the platform showed the new value afterwards; nil where it does not tell.
        public var isVerified: Bool?
        public var at: Date

        enum CodingKeys: String, CodingKey {
            case code, detail, at
            case isVerified = "is_verified"
        }
    }

    public var id: String
    public var connectionID: String
    public var platform: String
    public var label: String
    public var command: ActionCommand
    public var criticality: Criticality
    public var planHash: String
    /// The requests with addresses of people made unreadable.
    public var requests: [ExactRequest]
    /// As JSON text.
    public var before: String
    public var after: String
    public var people: People?
    public var state: State
    public var reason: String?
    public var proposed: Act
    public var approved: Act?
    public var rejected: Act?
    public var executed: Act?
    public var jobID: String?
    public var steps: [Step]
    public var outcome: Outcome?
    public var validUntil: Date
    public var createdAt: Date
    public var updatedAt: Date

    /// How long a proposal may be acted on; later it counts as refused.
    public static let lifetime: TimeInterval = 72 * 3600

    public static let spec = CollectionSpec(
        "approvals",
        indexes: [
            IndexSpec("state", [("state", 1), ("created_at", -1), ("_id", -1)]),
            IndexSpec("time", [("created_at", -1), ("_id", -1)]),
            IndexSpec("connection", [("connection_id", 1), ("created_at", -1)]),
        ],
        validator: .schema(
            required: [
                "connection_id", "platform", "command", "criticality", "plan_hash", "requests", "state", "proposed",
                "valid_until", "created_at", "updated_at",
            ],
            properties: ["state": ["enum": .strings(State.allCases.map(\.rawValue))]]))

    /// Why it failed, given how far its requests are.
    static func failure(_ code: String, _ steps: [Step]) -> String {
        if steps.contains(where: { $0.state == .sent }) { return "unknown" }
        return steps.contains { $0.state == .done } ? "partial" : code
    }

    /// An open proposal whose time has run out.
    public func isExpired(at now: Date) -> Bool { state.isOpen && validUntil <= now }

    /// As a person sees it now.
    public func shownState(at now: Date) -> State { isExpired(at: now) ? .expired : state }

    public var needsAnotherPerson: Bool { criticality.needsAnotherPerson }

    public var beforeJSON: JSONValue { Self.json(before) }
    public var afterJSON: JSONValue { Self.json(after) }

    static func json(_ text: String) -> JSONValue { (try? JSONParser.parse(Array(text.utf8))) ?? .null }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case platform, label, command, criticality, requests, before, after, people, state, reason, proposed, approved
        case rejected, executed, steps, outcome
        case connectionID = "connection_id"
        case planHash = "plan_hash"
        case jobID = "job_id"
        case validUntil = "valid_until"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}
