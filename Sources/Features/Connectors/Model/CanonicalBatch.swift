import Customers
import Foundation
import Records

/// What a platform says about a person's wish to be written to, before the connection's mapping policy makes purposes
/// of it. Absence of data is no signal at all.
public struct ConsentSignal: Sendable, Equatable {
    public enum Channel: String, Sendable, Codable, CaseIterable { case email, sms, whatsapp, push, call }
    /// `suppressed`: bounced, complained, blocked; counts as a no.
    public enum State: String, Sendable, Codable { case subscribed, unsubscribed, suppressed }

    public var customerExternalID: String
    public var channel: Channel
    public var state: State
    /// When the person said so; nil where the platform does not tell.
    public var at: Date?
    public var legalBasis: String?
    /// How we know: the platform's own field and word.
    public var evidence: String

    public init(
        customerExternalID: String, channel: Channel, state: State, at: Date?, legalBasis: String? = nil,
        evidence: String
    ) {
        self.customerExternalID = customerExternalID
        self.channel = channel
        self.state = state
        self.at = at
        self.legalBasis = legalBasis
        self.evidence = evidence
    }
}

/// Something that is gone at the source.
public struct Deletion: Sendable, Equatable {
    public enum Kind: String, Sendable, Codable { case customer, order, product, campaign, payment, deal }

    public var kind: Kind
    public var externalID: String

    public init(_ kind: Kind, _ externalID: String) {
        self.kind = kind
        self.externalID = externalID
    }
}

/// What records become: the same for every platform. Ids are the source's own; the stores make ours from them.
public struct CanonicalBatch: Sendable {
    public var customers: [CustomerInput] = []
    public var orders: [OrderInput] = []
    public var consents: [ConsentSignal] = []
    public var events: [EventInput] = []
    public var metricDays: [MetricDayInput] = []
    public var campaigns: [CampaignInput] = []
    public var adGroups: [AdGroupInput] = []
    public var creatives: [CreativeInput] = []
    public var products: [ProductInput] = []
    public var payments: [PaymentInput] = []
    public var subscriptions: [BillingSubscriptionInput] = []
    public var deals: [DealInput] = []
    public var deletions: [Deletion] = []
    /// Test orders, drafts and other records left out on purpose, by reason.
    public var skipped: [String: Int] = [:]

    public init() {}

    public mutating func skip(_ reason: String) { skipped[reason, default: 0] += 1 }

    /// The rows of this batch, for progress.
    public var count: Int {
        customers.count + orders.count + events.count + metricDays.count + campaigns.count + adGroups.count
            + creatives.count + products.count + payments.count + subscriptions.count + deals.count
    }
}
