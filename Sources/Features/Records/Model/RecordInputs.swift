import Foundation

/// A day of an account's calendar, as the account writes it: `2026-11-21`.
public typealias Day = String

/// Where a campaign is in its life; the platforms' own words map to these.
public enum CampaignStatus: String, Sendable, Codable, CaseIterable {
    case draft, active, paused, completed, archived
}

/// Something a person did, or that was done to reach them.
public struct EventInput: Sendable, Equatable {
    public var externalID: String
    /// One of the event types of the product (`email_open`, `order_placed`, …) or `custom:name`.
    public var type: String
    public var at: Date
    /// The source's id of the person; nil for what nobody in particular did.
    public var customerExternalID: String?
    /// `email`, `sms`, `web`, `ads`, …
    public var channel: String?
    public var campaignExternalID: String?
    public var contentID: String?
    public var url: String?
    public var valueMinor: Int64?
    public var currency: String?
    /// Made by a machine: a mail scanner's click, a bot's view.
    public var machine: Bool

    public init(
        externalID: String, type: String, at: Date, customerExternalID: String? = nil, channel: String? = nil,
        campaignExternalID: String? = nil, contentID: String? = nil, url: String? = nil, valueMinor: Int64? = nil,
        currency: String? = nil, machine: Bool = false
    ) {
        self.externalID = externalID
        self.type = type
        self.at = at
        self.customerExternalID = customerExternalID
        self.channel = channel
        self.campaignExternalID = campaignExternalID
        self.contentID = contentID
        self.url = url
        self.valueMinor = valueMinor
        self.currency = currency
        self.machine = machine
    }
}

/// The figures of one entity on one day, as one source states them. Ratios are never part of it.
public struct MetricDayInput: Sendable, Equatable {
    /// `account`, `campaign`, `ad_group`, `ad`, `email`, `flow`, `video`, `site`.
    public var level: String
    public var entityExternalID: String
    public var day: Day
    public var timeZone: String
    /// The platform itself, or the attribution model that states the figures.
    public var source: String
    public var attributionSetting: String?
    public var actionType: String?
    public var currency: String
    public var spendMinor: Int64?
    public var impressions: Int64?
    public var clicks: Int64?
    public var conversions: Double?
    public var conversionValueMinor: Int64?
    /// As reported for exactly this grain; never added up.
    public var reach: Int64?
    public var videoViews: Int64?
    public var sends: Int64?
    public var opens: Int64?
    public var unsubscribes: Int64?
    public var orders: Int64?
    public var revenueMinor: Int64?
    public var refundMinor: Int64?
    public var sessions: Int64?
    /// False while the platform may still restate the day.
    public var isFinal: Bool

    public init(
        level: String, entityExternalID: String, day: Day, timeZone: String, source: String, currency: String,
        attributionSetting: String? = nil, actionType: String? = nil, isFinal: Bool = false
    ) {
        self.level = level
        self.entityExternalID = entityExternalID
        self.day = day
        self.timeZone = timeZone
        self.source = source
        self.currency = currency
        self.attributionSetting = attributionSetting
        self.actionType = actionType
        self.isFinal = isFinal
    }
}

public struct CampaignInput: Sendable, Equatable {
    public var externalID: String
    /// `search`, `social`, `video`, `display`, `email`, `sms`, `push`, `organic`.
    public var channel: String
    public var name: String
    public var status: CampaignStatus
    public var objective: String?
    public var budgetMinor: Int64?
    /// `daily`, `lifetime`; nil without a budget.
    public var budgetPeriod: String?
    /// Where the budget is a thing of its own at the platform, its id; nil also when several campaigns share it.
    public var budgetExternalID: String?
    public var currency: String?
    public var startAt: Date?
    public var endAt: Date?
    public var accountExternalID: String?
    public var updatedAt: Date?

    public init(externalID: String, channel: String, name: String, status: CampaignStatus) {
        self.externalID = externalID
        self.channel = channel
        self.name = name
        self.status = status
    }
}

/// An ad set, ad group or flow message: the level between a campaign and an ad.
public struct AdGroupInput: Sendable, Equatable {
    public var externalID: String
    public var campaignExternalID: String
    public var name: String
    public var status: CampaignStatus
    public var bidMinor: Int64?
    public var budgetMinor: Int64?
    public var currency: String?
    public var optimisation: String?
    public var updatedAt: Date?

    public init(externalID: String, campaignExternalID: String, name: String, status: CampaignStatus) {
        self.externalID = externalID
        self.campaignExternalID = campaignExternalID
        self.name = name
        self.status = status
    }
}

/// An ad, a message or a video with what it shows.
public struct CreativeInput: Sendable, Equatable {
    public var externalID: String
    public var campaignExternalID: String?
    public var adGroupExternalID: String?
    public var name: String
    public var status: CampaignStatus
    /// `image`, `video`, `carousel`, `text`.
    public var format: String
    public var headline: String?
    public var body: String?
    public var callToAction: String?
    public var mediaURL: String?
    public var landingURL: String?
    public var durationSeconds: Int?
    public var language: String?
    public var reviewStatus: String?
    public var updatedAt: Date?

    public init(externalID: String, name: String, status: CampaignStatus, format: String) {
        self.externalID = externalID
        self.name = name
        self.status = status
        self.format = format
    }
}

public struct ProductInput: Sendable, Equatable {
    public var externalID: String
    public var title: String
    public var variant: String?
    public var sku: String?
    public var priceMinor: Int64?
    public var costMinor: Int64?
    public var currency: String?
    public var stock: Int64?
    /// `active`, `draft`, `archived`.
    public var status: String
    public var category: String?
    public var updatedAt: Date?

    public init(externalID: String, title: String, status: String = "active") {
        self.externalID = externalID
        self.title = title
        self.status = status
    }
}

public struct PaymentInput: Sendable, Equatable {
    /// What moved the money.
    public enum Kind: String, Sendable, Codable, CaseIterable { case charge, refund, dispute, fee }

    public var externalID: String
    public var kind: Kind
    /// `succeeded`, `pending`, `failed`, `cancelled`.
    public var status: String
    public var at: Date
    /// Always positive; the kind says which way it went.
    public var amountMinor: Int64
    public var currency: String
    public var feeMinor: Int64?
    public var netMinor: Int64?
    public var method: String?
    public var orderExternalID: String?
    public var customerExternalID: String?
    public var updatedAt: Date?

    public init(
        externalID: String, kind: Kind, status: String, at: Date, amountMinor: Int64, currency: String
    ) {
        self.externalID = externalID
        self.kind = kind
        self.status = status
        self.at = at
        self.amountMinor = amountMinor
        self.currency = currency
    }
}

public struct BillingSubscriptionInput: Sendable, Equatable {
    public var externalID: String
    /// `trialing`, `active`, `past_due`, `paused`, `canceled`, `incomplete`.
    public var status: String
    public var customerExternalID: String?
    public var plan: String?
    public var amountMinor: Int64
    public var currency: String
    /// `day`, `week`, `month`, `year`.
    public var interval: String
    public var mrrMinor: Int64?
    public var startedAt: Date?
    public var trialEnd: Date?
    public var currentPeriodEnd: Date?
    public var cancelAt: Date?
    public var canceledAt: Date?
    public var cancelReason: String?
    public var updatedAt: Date?

    public init(externalID: String, status: String, amountMinor: Int64, currency: String, interval: String) {
        self.externalID = externalID
        self.status = status
        self.amountMinor = amountMinor
        self.currency = currency
        self.interval = interval
    }
}

/// An opportunity in a sales pipeline.
public struct DealInput: Sendable, Equatable {
    public var externalID: String
    public var pipeline: String?
    public var stage: String
    /// `open`, `won`, `lost`.
    public var status: String
    public var name: String?
    public var amountMinor: Int64?
    public var currency: String?
    public var customerExternalID: String?
    public var closeAt: Date?
    public var createdAt: Date?
    public var updatedAt: Date?

    public init(externalID: String, stage: String, status: String) {
        self.externalID = externalID
        self.stage = stage
        self.status = status
    }
}
