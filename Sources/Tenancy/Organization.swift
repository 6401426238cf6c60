import BSON
import FoundationEssentials

/// The tenant: owner of all data, plan, keys, retention and settings. Stored in the global collection `organizations`.
public struct Organization: Sendable, Hashable, Codable, Identifiable, BSONConvertible {
    public enum Kind: String, Codable, Sendable { case normal, demo }

    public enum Status: String, Codable, Sendable {
        case trial, active
        case pastDue = "past_due"
        /// Read-only.
        case suspended
        /// Waiting for its end; can be reopened.
        case closing
        /// Data erased; no scope is ever made for it.
        case closed
    }

    public enum WeekStart: String, Codable, Sendable { case monday, sunday }

    /// A slug this organization had before; it redirects until `until`.
    public struct FormerSlug: Sendable, Hashable, Codable {
        public let slug: String
        public let until: Date
    }

    public let id: String
    public var name: String
    public var slug: String
    public var kind: Kind
    public var status: Status
    /// IANA name, for example `Europe/Madrid`.
    public var timeZone: String
    /// ISO 4217 code, for example `EUR`.
    public var currency: String
    /// Language of screens and mails: `en` or `es`.
    public var locale: String
    public var weekStart: WeekStart
    public var trialEndsAt: Date?
    public var formerSlugs: [FormerSlug]
    public let createdAt: Date
    public var updatedAt: Date
    public var version: Int

    public init(
        id: String, name: String, slug: String, kind: Kind = .normal, status: Status = .trial, timeZone: String = "UTC",
        currency: String = "USD", locale: String = "en", weekStart: WeekStart = .monday, trialEndsAt: Date? = nil,
        createdAt: Date
    ) {
        self.id = id
        self.name = name
        self.slug = slug
        self.kind = kind
        self.status = status
        self.timeZone = timeZone
        self.currency = currency
        self.locale = locale
        self.weekStart = weekStart
        self.trialEndsAt = trialEndsAt
        self.formerSlugs = []
        self.createdAt = createdAt
        self.updatedAt = createdAt
        self.version = 1
    }

    /// Whether anything may be changed in it. Reading and exporting stay possible.
    public var isWritable: Bool { status != .suspended && status != .closed }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case name, slug, kind, status
        case timeZone = "time_zone"
        case currency, locale
        case weekStart = "week_start"
        case trialEndsAt = "trial_ends_at"
        case formerSlugs = "former_slugs"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case version
    }
}
