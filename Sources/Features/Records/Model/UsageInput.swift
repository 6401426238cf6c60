import BSON
import Foundation
import Tenancy

/// How much a client account used what it pays for in one period: logins, features, minutes, and what it said of it.
/// What a source does not say stays unknown.
public struct UsageInput: Sendable, Equatable {
    /// The source's id of the client account.
    public var accountExternalID: String
    /// First and last day of the period.
    public var from: Day
    public var to: Day
    public var logins: Int64?
    public var featuresUsed: Int64?
    public var sessionMinutes: Double?
    public var tickets: Int64?
    public var daysActive: Int64?
    /// From -100 to 100.
    public var nps: Double?
    /// From 0 to 100.
    public var csat: Double?

    public init(accountExternalID: String, from: Day, to: Day) {
        self.accountExternalID = accountExternalID
        self.from = from
        self.to = to
    }
}

extension UsageInput: RecordRow {
    public static let idPrefix = "usg"
    public static let spec = declared(
        "usage_periods",
        indexes: [
            IndexSpec("account", [("account_ref", 1), ("to", -1)]), IndexSpec("period", [("to", -1)]),
        ], required: ["account_ref", "from", "to"], isImportable: true)

    public var externalID: String { [accountExternalID, from, to].joined(separator: "|") }

    public func write(to writer: inout BSONWriter) {
        writer.append("account_ref", accountExternalID)
        writer.append("from", from)
        writer.append("to", to)
        writer.appendIfPresent("logins", logins)
        writer.appendIfPresent("features_used", featuresUsed)
        if let sessionMinutes { writer.append("session_minutes", sessionMinutes) }
        writer.appendIfPresent("tickets", tickets)
        writer.appendIfPresent("days_active", daysActive)
        if let nps { writer.append("nps", nps) }
        if let csat { writer.append("csat", csat) }
    }
}
