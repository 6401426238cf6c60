import Foundation
import Records
import Vault

/// Where a vendor is to send the news of one connection.
public struct WebhookTarget: Sendable {
    /// The whole address, https.
    public let address: String
    /// Made here for this connection: what the vendor signs with where it lets us choose, or sends along.
    public let secret: SecretValue
    /// The secret is another one than last time: whatever stands at the vendor has to get it.
    public let isNewSecret: Bool

    public init(address: String, secret: SecretValue, isNewSecret: Bool = false) {
        self.address = address
        self.secret = secret
        self.isNewSecret = isNewSecret
    }
}

/// What stands at the vendor now.
public struct WebhookOpening: Sendable {
    public var ids: [String]
    /// The secret that the vendor made and shows once.
    public var secret: SecretValue?
    /// When the vendor stops by itself.
    public var endsAt: Date?
    /// The vendor will ask the address whether it is ours.
    public var isAsked: Bool

    public init(ids: [String], secret: SecretValue? = nil, endsAt: Date? = nil, isAsked: Bool = false) {
        self.ids = ids
        self.secret = secret
        self.endsAt = endsAt
        self.isAsked = isAsked
    }
}

/// Makes a connection's address known to the vendor by calls of ours, and takes it away again.
public struct WebhookRegistrar: Sendable {
    /// Brings about that all of our topics come to the address: what is there is looked at first, so that a second
    /// call changes nothing. Given what stood there before.
    public var ensure: @Sendable (WebhookTarget, WebhookRegistration?, VendorClient) async throws -> WebhookOpening
    /// Takes everything away. True when the vendor will ask the address whether we meant it.
    public var close: @Sendable (WebhookTarget, WebhookRegistration, VendorClient) async throws -> Bool
    /// Ways of signing in that may register; nil for all.
    public var methods: Set<String>?
    /// A secret field without which deliveries could not be checked.
    public var neededField: String?
    /// Seconds between looks at whether it still stands.
    public var checkEvery: TimeInterval
    public var secret: Origin

    /// Who makes the secret that deliveries are checked with.
    public enum Origin: Sendable, Equatable {
        /// We do, and tell the vendor.
        case ours
        /// The vendor does, and shows it once.
        case vendors
        /// It belongs to the app, and is not this connection's.
        case apps
    }

    public init(
        methods: Set<String>? = nil, neededField: String? = nil, checkEvery: TimeInterval = 86_400,
        secret: Origin = .ours,
        ensure: @escaping @Sendable (WebhookTarget, WebhookRegistration?, VendorClient) async throws -> WebhookOpening,
        close: @escaping @Sendable (WebhookTarget, WebhookRegistration, VendorClient) async throws -> Bool
    ) {
        self.methods = methods
        self.neededField = neededField
        self.checkEvery = checkEvery
        self.secret = secret
        self.ensure = ensure
        self.close = close
    }

    func serves(_ method: String?) -> Bool { methods.map { $0.contains(method ?? "") } ?? true }
}

/// How news of a connection come about, for the people who look at it.
public enum WebhookWay: String, Sendable {
    /// We register the address ourselves.
    case registered
    /// A person enters the connection's address in the vendor's settings.
    case byHand = "by_hand"
    /// The operator enters the installation's address once, in the app at the vendor.
    case app
}

/// Which of the vendor's accounts an event is about, to find the connection where one address serves all.
public enum WebhookAccount: Sendable, Equatable {
    /// The account's id as the connection keeps it.
    case id(String)
    /// A field of the connection, such as a shop's domain.
    case field(String, String)

    /// Where a stored connection keeps it, and the value there.
    var stored: (path: String, value: String) {
        switch self {
        case .id(let id): ("account_id", id)
        case .field(let name, let value): ("fields." + name, value)
        }
    }
}

/// What the intake has to know of the installation.
public struct WebhookSite: Sendable {
    /// The origin vendors reach us at; they take https only.
    public var publicURL: String
    /// Organizations with a connection of this platform whose row has this value there.
    public var organizations: @Sendable (_ platform: String, _ path: String, _ value: String) async throws -> [String]

    /// Organizations that were asked by this event of a vendor's about a person's rights.
    public var asked: @Sendable (_ vendorEventID: String) async throws -> [String]

    public init(
        publicURL: String,
        organizations: @escaping @Sendable (String, String, String) async throws -> [String] = { _, _, _ in [] },
        asked: @escaping @Sendable (String) async throws -> [String] = { _ in [] }
    ) {
        self.publicURL = publicURL
        self.organizations = organizations
        self.asked = asked
    }

    public static let none = WebhookSite(publicURL: "")

    public var isReachable: Bool { publicURL.hasPrefix("https://") }
}
