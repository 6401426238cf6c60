import Foundation
import Web

/// The account behind a connection, as the vendor describes it.
public struct VendorAccount: Codable, Sendable, Equatable {
    public var id: String
    public var name: String
    public var currency: String?
    public var timeZone: String?
    /// Rights the credentials have, where the vendor tells.
    public var scopes: [String]?
    public var isTest: Bool
    /// Who signed in, where the vendor's messages name the person and not the account.
    public var personID: String?
    /// Closed or disabled at the vendor: listed, and nothing that can be read.
    public var isClosed: Bool
    /// What else a connection to it needs, by field: the manager account it is reached through.
    public var fields: [String: String]?

    public init(
        id: String, name: String, currency: String? = nil, timeZone: String? = nil, scopes: [String]? = nil,
        isTest: Bool = false, personID: String? = nil, isClosed: Bool = false, fields: [String: String]? = nil
    ) {
        self.id = id
        self.name = name
        self.currency = currency
        self.timeZone = timeZone
        self.scopes = scopes
        self.isTest = isTest
        self.personID = personID
        self.isClosed = isClosed
        self.fields = fields
    }
}

/// Calls to one vendor account, through the whole pipeline: limits, breaker, retries, refreshed tokens, statistics.
public struct VendorClient: Sendable {
    /// The connection's fields that are not secret, and the account once it is known.
    public let fields: [String: String]
    public let account: VendorAccount?
    public let settings: PlatformSettings
    /// What the listing covers that is being completed.
    public var span: Span?
    let perform: @Sendable (VendorRequest) async throws -> VendorResponse

    /// Sends; a reply that is no success never comes back, it is thrown as a ``VendorFault``.
    public func send(_ request: VendorRequest) async throws -> VendorResponse { try await perform(request) }
}

/// What is particular about one platform. Everything else is the manager's.
///
/// A connector is a value without state: it describes requests and reads replies. It never waits, retries, refreshes,
/// stores or logs.
public protocol Connector: Sendable {
    /// The stored name of the platform: `hubspot`, `google_ads`, … as in the list of platforms.
    var platform: String { get }
    /// The proper name.
    var name: String { get }
    /// Ways to sign in, best first.
    var methods: [AuthMethod] { get }
    var defaults: PlatformSettings { get }
    /// What is read, in the order of the first load.
    var streams: [SyncStream] { get }
    /// Raised when the mapping changes; a rebuild from raw then brings stored rows up to date.
    var schemaVersion: Int { get }
    /// Headers every call carries: API version, accepted type.
    func headers(_ settings: PlatformSettings) -> Pairs
    /// Proves the credentials and finds the account; throws ``VendorFault/actionRequired(_:message:)`` for a missing right.
    func account(_ client: VendorClient) async throws -> VendorAccount
    /// All accounts the credentials open, for a person to choose from.
    func accounts(_ client: VendorClient) async throws -> [VendorAccount]
    /// Credentials for one of these accounts, where those of the sign-in only hand them out; nil where they serve all.
    /// - Parameter client: with the fields and the credentials of the sign-in
    func credentials(for accountID: String, _ client: VendorClient) async throws -> Credentials?
    /// The field of a connection that names its account; nil where credentials open only one.
    var accountField: String? { get }
    /// Whether what came back from the vendor's consent page is from the vendor, where it signs that.
    func accepts(callback: [String: String], fields: [String: String], settings: PlatformSettings) -> Bool
    /// When the vendor sent the browser back, by its own clock, where it says so.
    func sentAt(callback: [String: String]) -> Date?
    /// What a reply means when it is not a success. Also asked for status 200, where vendors hide errors in the body.
    func fault(in response: VendorResponse) -> VendorFault?
    /// What a reply says about how much is left.
    func allowance(in response: VendorResponse) -> Allowance?
    /// Nil when the platform sends none.
    var webhooks: WebhookScheme? { get }
    /// The events of a delivery whose signature was right.
    func events(in delivery: WebhookDelivery) throws -> [WebhookEvent]
    /// Makes addresses known to the vendor by calls of ours; nil where that is done by hand or by the operator.
    var registrar: WebhookRegistrar? { get }
    /// How news come about for a connection that was made this way.
    func webhookWay(method: String?) -> WebhookWay?
    /// What a confirmation code stands for that a vendor was given for a person's request; nil for any other text.
    func deletion(confirmedBy code: String, settings: PlatformSettings) -> ConfirmedDeletion?
    /// The call that withdraws our access at the vendor, if it has one.
    func revocation(_ credentials: Credentials, _ settings: PlatformSettings) -> VendorRequest?
    /// What the platform states about its own days, to be held against what we stored; nil where it states nothing.
    var summary: SummarySource? { get }
    /// Its orders come from a shop, which tells them itself where it is connected.
    var retellsOrders: Bool { get }
    /// The exact request of an action; nil when the platform cannot do it.
    func request(for action: PlatformAction, fields: [String: String], settings: PlatformSettings) -> VendorRequest?
    /// All requests of an action in order, made from what the vendor shows now; nil when the platform cannot do it.
    /// Reads, and changes nothing.
    func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan?
    /// Kinds of action there are here, for forms and the catalogue.
    var actions: [ActionKind] { get }
    /// What a field of these kinds may be here, for forms: `entity`, `channel`, `at_period_end`. Nil where it may be
    /// anything there is.
    func options(of kind: ActionKind, for field: String) -> [String]?
}

extension Connector {
    public var schemaVersion: Int { 1 }
    public func headers(_ settings: PlatformSettings) -> Pairs { ["Accept": "application/json"] }
    public func accepts(callback: [String: String], fields: [String: String], settings: PlatformSettings) -> Bool {
        true
    }
    public func sentAt(callback: [String: String]) -> Date? { nil }
    public func accounts(_ client: VendorClient) async throws -> [VendorAccount] { [try await account(client)] }
    public func credentials(for accountID: String, _ client: VendorClient) async throws -> Credentials? { nil }
    public var accountField: String? { nil }
    public func fault(in response: VendorResponse) -> VendorFault? { VendorFault.standard(response) }
    public func allowance(in response: VendorResponse) -> Allowance? { nil }
    public var webhooks: WebhookScheme? { nil }
    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] { [] }
    public var registrar: WebhookRegistrar? { nil }
    public func webhookWay(method: String?) -> WebhookWay? {
        guard webhooks != nil else { return nil }
        return registrar?.serves(method) == true ? .registered : .byHand
    }
    public func deletion(confirmedBy code: String, settings: PlatformSettings) -> ConfirmedDeletion? { nil }
    public func revocation(_ credentials: Credentials, _ settings: PlatformSettings) -> VendorRequest? { nil }
    public var summary: SummarySource? { nil }
    public var retellsOrders: Bool { false }
    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? { nil }
    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        plainPlan(for: action, client)
    }
    public var actions: [ActionKind] { [] }
    public func options(of kind: ActionKind, for field: String) -> [String]? { nil }

    public func stream(_ name: String) -> SyncStream? { streams.first { $0.name == name } }
    public func method(_ id: String) -> AuthMethod? { methods.first { $0.id == id } }
}

extension VendorFault {
    /// What plain HTTP says; connectors call it for whatever they do not read more exactly themselves.
    public static func standard(_ response: VendorResponse, message: String? = nil) -> VendorFault? {
        let message =
            message ?? response.json.firstText("message", "error_description", "error.message", "error")
            ?? response.excerpt
        switch response.status {
        case 200..<300: return nil
        case 401: return .authExpired
        case 402, 423: return .actionRequired(.fixAtVendor, message: message)
        case 403: return .actionRequired(.addScope, message: message)
        case 429: return .rateLimited(wait: response.retryAfter, policy: "429")
        case 408, 425, 500...599: return .retry("HTTP \(response.status)")
        default: return .permanent(status: response.status, message: message)
        }
    }
}
