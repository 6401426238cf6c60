import Foundation
import Tenancy
import Web

/// One request of an action.
public struct ActionStep: Sendable, Equatable {
    public var request: VendorRequest
    /// What later requests need of its reply, by name: `["job": "resourceName"]` fills `{job}`.
    public var takes: [String: String]

    public init(_ request: VendorRequest, takes: [String: String] = [:]) {
        self.request = request
        self.takes = takes
    }

    /// What a vendor tells a repeated call by; the approval's id is filled in when there is one.
    static func key(_ index: Int) -> String { "{approval}-\(index)" }
}

/// An action in exact requests, with what the vendor shows now and what it is to show afterwards.
public struct ActionPlan: Sendable {
    public typealias Reading = @Sendable (VendorClient) async throws -> JSONValue

    public var steps: [ActionStep]
    /// What is about to be changed, as read just now; `.null` where the vendor does not tell.
    public var before: JSONValue = .null
    /// The same after the action.
    public var after: JSONValue = .null
    /// Reads what `before` and `after` are compared with; nil where the vendor does not tell.
    public var read: Reading?
    /// Whether doing it twice leaves things as doing it once does.
    public var isRepeatable = true
    /// Old and new amount in minor units, where money is changed.
    public var amounts: Amounts?

    public struct Amounts: Sendable, Equatable, Codable {
        public var old: Int64
        public var new: Int64
        public var currency: String

        /// The part by which it changes; nil from nothing.
        public var share: Double? { old == 0 ? nil : abs(Double(new - old)) / Double(old) }
    }

    public init(_ steps: [ActionStep]) { self.steps = steps }

    public init(_ request: VendorRequest) { steps = [ActionStep(request)] }

    /// With a look at the vendor before, and the same look afterwards.
    public static func looking(
        _ client: VendorClient, _ steps: [ActionStep], after: JSONValue, read: @escaping Reading
    ) async throws -> ActionPlan {
        var plan = ActionPlan(steps)
        plan.read = read
        plan.before = try await read(client)
        plan.after = after
        return plan
    }
}

extension Connector {
    /// The requests of an action that needs no look at the vendor; people in as many requests as the platform takes.
    func plainSteps(for action: PlatformAction, _ client: VendorClient) -> [ActionStep]? {
        func request(_ action: PlatformAction) -> VendorRequest? {
            self.request(for: action, fields: client.actionFields, settings: client.settings)
        }
        if let one = request(action) { return [ActionStep(one)] }
        guard let people = action.people, people.count > 1 else { return nil }
        for size in [10_000, 5_000, 1_000, 100, 1] where size < people.count {
            let parts = people.portions(of: size)
            let made = parts.compactMap { request(action.with(people: $0)) }
            if made.count == parts.count { return made.map { ActionStep($0) } }
        }
        return nil
    }

    func plainPlan(for action: PlatformAction, _ client: VendorClient) -> ActionPlan? {
        plainSteps(for: action, client).map { ActionPlan($0) }
    }

    /// The plain requests with a look before and after.
    func lookingPlan(
        for action: PlatformAction, _ client: VendorClient, after: JSONValue, read: @escaping ActionPlan.Reading
    ) async throws -> ActionPlan? {
        guard let steps = plainSteps(for: action, client) else { return nil }
        return try await .looking(client, steps, after: after, read: read)
    }
}

extension VendorClient {
    /// A connection's fields with the account, as ``Connector/request(for:fields:settings:)`` gets them.
    var actionFields: [String: String] {
        guard let id = account?.id, !id.isEmpty else { return fields }
        return fields.merging(["account": id]) { $1 }
    }

    /// Sends a read; nil where the vendor knows nothing under this address.
    func find(_ request: VendorRequest) async throws -> JSONValue? {
        do {
            return try await send(request).json
        } catch VendorFault.permanent(let status, _) where status == 404 || status == 410 {
            return nil
        }
    }
}

extension PlatformAction {
    /// Those it is done to, where it can be done in parts.
    var people: [String]? {
        switch self {
        case .addToList(_, let ids), .removeFromList(_, let ids): ids
        case .uploadAudience(_, let hashes): hashes
        case .suppress(let emails): emails
        default: nil
        }
    }

    func with(people: [String]) -> PlatformAction {
        switch self {
        case .addToList(let list, _): .addToList(listID: list, externalIDs: people)
        case .removeFromList(let list, _): .removeFromList(listID: list, externalIDs: people)
        case .uploadAudience(let list, _): .uploadAudience(audienceID: list, emailHashes: people)
        case .suppress: .suppress(emails: people)
        default: self
        }
    }
}

/// Reading who is in what, in one shape for every platform.
enum Membership {
    /// Beyond so many people a look at each costs more calls than the act.
    static let mostReads = 25

    static func state(_ members: some Sequence<String>) -> JSONValue {
        ["members": .array(members.sorted().map { .string($0) })]
    }

    /// After adding everybody is in, after removing nobody.
    static func after(_ ids: [String], adding: Bool) -> JSONValue { state(adding ? ids : []) }

    /// Asks for each person by themselves.
    static func each(
        _ ids: [String], _ client: VendorClient, isIn: @Sendable (VendorClient, String) async throws -> Bool
    ) async throws -> JSONValue {
        var members: [String] = []
        for id in ids { if try await isIn(client, id) { members.append(id) } }
        return state(members)
    }
}
