import Foundation

/// What stands at a vendor so that its news reach a connection, and how that is going.
public struct WebhookRegistration: Sendable, Codable, Equatable {
    public enum State: String, Sendable, Codable {
        /// The vendor sends.
        case registered
        /// The vendor was asked and still asks back whether the address is ours.
        case asked
        /// The vendor refused, or could not be reached; tried again at `checkAt`.
        case failed
        /// Taken away; the vendor still asks back whether we meant it.
        case ending
    }

    public var state: State
    /// The vendor's ids of what was registered.
    public var ids: [String]
    /// When it is looked at again, or renewed.
    public var checkAt: Date?
    /// When the vendor stops by itself.
    public var endsAt: Date?
    /// What the vendor said when it refused.
    public var problem: String?
    public var since: Date

    public init(_ state: State, ids: [String] = [], checkAt: Date? = nil, endsAt: Date? = nil, since: Date) {
        self.state = state
        self.ids = ids
        self.checkAt = checkAt
        self.endsAt = endsAt
        self.since = since
    }

    enum CodingKeys: String, CodingKey {
        case state, ids, problem, since
        case checkAt = "check_at"
        case endsAt = "ends_at"
    }
}
