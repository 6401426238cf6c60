import Foundation

public enum OrderStatus: String, Sendable, Codable, CaseIterable {
    case open, paid
    case partiallyRefunded = "partially_refunded"
    case refunded, cancelled
}

/// An order as a source tells it.
public struct OrderInput: Sendable, Equatable {
    public var externalID: String
    public var customerExternalID: String
    public var placedAt: Date
    public var amountMinor: Int64
    public var currency: String
    public var quantity: Int
    public var status: OrderStatus
    public var refundedMinor: Int64
    public var discountMinor: Int64
    public var test: Bool
    /// What the shop calls it: `#1042`.
    public var number: String?
    public var taxMinor: Int64
    public var shippingMinor: Int64
    /// Where the order came from, in the source's words.
    public var sourceName: String?
    public var utmSource: String?
    public var utmMedium: String?
    public var utmCampaign: String?
    public var sourceUpdatedAt: Date?
    /// What was ordered; empty where the source does not tell.
    public var lines: [OrderLine]

    public init(
        externalID: String, customerExternalID: String, placedAt: Date, amountMinor: Int64, currency: String,
        quantity: Int = 1, status: OrderStatus = .paid, refundedMinor: Int64 = 0, discountMinor: Int64 = 0,
        test: Bool = false, number: String? = nil, taxMinor: Int64 = 0, shippingMinor: Int64 = 0,
        sourceName: String? = nil, utmSource: String? = nil, utmMedium: String? = nil, utmCampaign: String? = nil,
        sourceUpdatedAt: Date? = nil, lines: [OrderLine] = []
    ) {
        self.lines = lines
        self.number = number
        self.taxMinor = taxMinor
        self.shippingMinor = shippingMinor
        self.sourceName = sourceName
        self.utmSource = utmSource
        self.utmMedium = utmMedium
        self.utmCampaign = utmCampaign
        self.sourceUpdatedAt = sourceUpdatedAt
        self.externalID = externalID
        self.customerExternalID = customerExternalID
        self.placedAt = placedAt
        self.amountMinor = amountMinor
        self.currency = currency
        self.quantity = quantity
        self.status = status
        self.refundedMinor = refundedMinor
        self.discountMinor = discountMinor
        self.test = test
    }
}

/// What a source knows of a person. Orders make their customer by themselves; this adds what they do not say.
public struct CustomerInput: Sendable, Equatable {
    public var externalID: String
    public var email: String?
    public var firstName: String?
    public var lastName: String?
    /// ISO 3166-1 alpha-2.
    public var country: String?
    public var sourceCreatedAt: Date?
    public var tags: [String]
    /// As the source writes it; stored as a token of its E.164 form, and sealed.
    public var phone: String?
    public var region: String?
    public var language: String?
    public var lifecycleStage: String?
    public var sourceUpdatedAt: Date?
    /// The same person's ids at other platforms.
    public var links: [PersonLink]

    public init(
        externalID: String, email: String? = nil, phone: String? = nil, firstName: String? = nil,
        lastName: String? = nil, country: String? = nil, region: String? = nil, language: String? = nil,
        lifecycleStage: String? = nil, sourceCreatedAt: Date? = nil, sourceUpdatedAt: Date? = nil, tags: [String] = [],
        links: [PersonLink] = []
    ) {
        self.links = links
        self.phone = phone
        self.region = region
        self.language = language
        self.lifecycleStage = lifecycleStage
        self.sourceUpdatedAt = sourceUpdatedAt
        self.externalID = externalID
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
        self.country = country
        self.sourceCreatedAt = sourceCreatedAt
        self.tags = tags
    }
}

/// A consent, a refusal or a withdrawal as a source tells it.
public struct ConsentInput: Sendable, Equatable {
    public var customerExternalID: String
    public var purpose: Purpose
    public var basis: ConsentBasis
    public var state: ConsentState
    public var collectedAt: Date?
    public var expiresAt: Date?
    public var wordingVersion: String?
    public var channel: String?
    public var source: String
    public var proof: String?

    public init(
        customerExternalID: String, purpose: Purpose, basis: ConsentBasis = .consent, state: ConsentState = .granted,
        collectedAt: Date?, expiresAt: Date?, wordingVersion: String? = nil, channel: String? = nil,
        source: String = "import", proof: String? = nil
    ) {
        self.customerExternalID = customerExternalID
        self.purpose = purpose
        self.basis = basis
        self.state = state
        self.collectedAt = collectedAt
        self.expiresAt = expiresAt
        self.wordingVersion = wordingVersion
        self.channel = channel
        self.source = source
        self.proof = proof
    }
}

/// The importer's word that everybody in a file consented, once for all rows.
///
/// It never overrules a person: whoever has refused, withdrawn or objected stays out.
public struct ConsentStatement: Sendable, Equatable, Codable {
    public var purpose: Purpose
    public var wordingVersion: String
    public var statedAt: Date
    public var expiresAt: Date
    public var statedBy: String
    public var proof: String

    public init(
        purpose: Purpose, wordingVersion: String, statedAt: Date, expiresAt: Date, statedBy: String, proof: String
    ) {
        self.purpose = purpose
        self.wordingVersion = wordingVersion
        self.statedAt = statedAt
        self.expiresAt = expiresAt
        self.statedBy = statedBy
        self.proof = proof
    }

    enum CodingKeys: String, CodingKey {
        case purpose, proof
        case wordingVersion = "wording_version"
        case statedAt = "stated_at"
        case expiresAt = "expires_at"
        case statedBy = "stated_by"
    }
}

/// Where written rows come from: they carry the connection, and the import that first brought them.
public struct WriteSource: Sendable, Equatable {
    public var connectionID: String
    public var platform: String
    public var label: String
    public var importID: String
    /// Its orders are the shop's, told once more: they count only where no other source has any.
    public var retellsOrders: Bool

    public init(
        connectionID: String, platform: String, label: String, importID: String, retellsOrders: Bool = false
    ) {
        self.retellsOrders = retellsOrders
        self.connectionID = connectionID
        self.platform = platform
        self.label = label
        self.importID = importID
    }
}

/// What one batch changed.
public struct WriteCounts: Sendable, Equatable, Codable {
    public var ordersNew = 0
    public var ordersUpdated = 0
    public var ordersUnchanged = 0
    public var customersNew = 0
    public var consentsNew = 0
    /// People whom a consent statement did not touch, because they had said no.
    public var consentsKeptOut = 0

    public init() {}

    public static func += (sum: inout WriteCounts, more: WriteCounts) {
        sum.ordersNew += more.ordersNew
        sum.ordersUpdated += more.ordersUpdated
        sum.ordersUnchanged += more.ordersUnchanged
        sum.customersNew += more.customersNew
        sum.consentsNew += more.consentsNew
        sum.consentsKeptOut += more.consentsKeptOut
    }

    enum CodingKeys: String, CodingKey {
        case ordersNew = "orders_new"
        case ordersUpdated = "orders_updated"
        case ordersUnchanged = "orders_unchanged"
        case customersNew = "customers_new"
        case consentsNew = "consents_new"
        case consentsKeptOut = "consents_kept_out"
    }
}

/// The same person at another platform, as the source itself says.
public struct PersonLink: Sendable, Hashable {
    public var platform: String
    public var externalID: String

    public init(platform: String, externalID: String) {
        self.platform = platform
        self.externalID = externalID
    }

    /// As it is stored.
    init?(key: String) {
        let parts = key.split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        self.init(platform: String(parts[0]), externalID: String(parts[1]))
    }

    static func key(_ platform: String, _ externalID: String) -> String { platform + "/" + externalID }
}
