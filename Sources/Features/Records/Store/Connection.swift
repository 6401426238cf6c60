import BSON
import Foundation
import Tenancy

/// A platform account, or the door for files. What opens it is elsewhere, sealed.
public struct Connection: TenantDocument, Codable, Equatable {
    public var id: String
    public var platform: String
    public var label: String
    /// `connecting`, `connected`, `expired`, `error`, `disabled`, `not_connected`.
    public var status: String
    public var lastSync: Date?
    /// The import or sync that is writing now; others wait for it.
    public var lockHolder: String?
    public var lockUntil: Date?
    public var createdBy: String?
    public var createdAt: Date
    public var updatedAt: Date
    public var version: Int64

    /// Which way to sign in was taken.
    public var method: String?
    public var accountID: String?
    public var accountName: String?
    public var accountCurrency: String?
    public var accountTimeZone: String?
    public var isTestAccount: Bool?
    /// What was filled in besides secrets: a shop's domain, an account id.
    public var fields: [String: String]?
    public var scopes: [String]?
    /// Why it is not well, as a code; `detail` is what the vendor said.
    public var causeCode: String?
    public var causeDetail: String?
    public var causeRemedy: String?
    public var causeSince: Date?
    /// The vendor lets us call again from here.
    public var limitedUntil: Date?
    /// It failed several times in a row and is not asked before this.
    public var leftAloneUntil: Date?
    public var pausedAt: Date?
    public var nextSyncAt: Date?
    public var lastAttemptAt: Date?
    /// The job that syncs it now or next.
    public var syncJobID: String?
    /// Failures in a row.
    public var failures: Int?
    /// SHA-256 of the token in the address webhooks come to.
    public var webhookHash: String?
    /// What was registered at the vendor for it; nil where an address is entered by hand, or by the operator.
    public var webhooks: WebhookRegistration?
    public var consent: ConsentPolicy?
    /// Runs whose rows are stored and whose derived values are not yet.
    public var unfinishedRuns: [String]?
    /// When the next good reading is overdue; and when people were told that it is not well.
    public var lateAt: Date?
    public var toldAt: Date?
    /// When our figures were last held against the source's own, and which part stayed unexplained.
    public var reconciledAt: Date?
    public var unexplainedShare: Double?

    public static let spec = CollectionSpec(
        "connections",
        indexes: [
            IndexSpec("platform", [("platform", 1), ("label", 1)], unique: true),
            IndexSpec("due", [("next_sync_at", 1)], partial: ["next_sync_at": ["$exists": true]]),
            IndexSpec("late", [("late_at", 1)], partial: ["late_at": ["$exists": true]]),
            IndexSpec(
                "webhooks", [("webhooks.check_at", 1)], partial: ["webhooks.check_at": ["$exists": true]]),
            IndexSpec("account", [("platform", 1), ("account_id", 1)]),
        ],
        validator: .schema(
            required: ["platform", "label", "status", "created_at"],
            properties: [
                "status": [
                    "enum": .strings(["not_connected", "connecting", "connected", "expired", "error", "disabled"])
                ]
            ]))

    /// Nothing is read any more: it was ended here, or our access was withdrawn at the vendor.
    public var hasEnded: Bool { status == "disabled" || status == "expired" }

    public init(
        id: String, platform: String, label: String, status: String, createdBy: String?, at now: Date
    ) {
        self.id = id
        self.platform = platform
        self.label = label
        self.status = status
        self.createdBy = createdBy
        createdAt = now
        updatedAt = now
        version = 1
    }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case platform, label, status, version, method, fields, scopes, failures, consent, webhooks
        case lastSync = "last_sync"
        case lockHolder = "lock_holder"
        case lockUntil = "lock_until"
        case createdBy = "created_by"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case accountID = "account_id"
        case accountName = "account_name"
        case accountCurrency = "account_currency"
        case accountTimeZone = "account_tz"
        case isTestAccount = "test_account"
        case causeCode = "cause_code"
        case causeDetail = "cause_detail"
        case causeRemedy = "cause_remedy"
        case causeSince = "cause_since"
        case limitedUntil = "limited_until"
        case leftAloneUntil = "left_alone_until"
        case pausedAt = "paused_at"
        case nextSyncAt = "next_sync_at"
        case syncJobID = "sync_job_id"
        case lastAttemptAt = "last_attempt_at"
        case webhookHash = "webhook_hash"
        case unfinishedRuns = "unfinished_runs"
        case lateAt = "late_at"
        case toldAt = "told_at"
        case reconciledAt = "reconciled_at"
        case unexplainedShare = "unexplained_share"
    }
}

/// What a yes at the platform allows here: purposes by channel, and for how long. Without an entry a yes allows nothing.
public struct ConsentPolicy: Sendable, Codable, Equatable {
    /// Channel (`email`, `sms`, …) to purposes.
    public var purposes: [String: [String]]
    public var days: Int

    public init(purposes: [String: [String]], days: Int = 365) {
        self.purposes = purposes
        self.days = days
    }

    /// A channel's yes allows writing over this channel, and nothing else.
    public static let standard = ConsentPolicy(purposes: [
        "email": ["email_marketing"], "sms": ["sms_marketing"], "push": ["push_marketing"],
    ])
}
