import BSON
import FoundationEssentials
import Tenancy

/// What to look for in the log; every part may be left out.
public struct AuditQuery: Sendable, Hashable {
    public var events: [AuditEvent] = []
    public var results: [AuditResult] = []
    public var actorID: String?
    public var resourceType: String?
    public var resourceID: String?
    public var action: String?
    public var requestID: String?
    /// From this moment on.
    public var from: Date?
    /// Before this moment.
    public var until: Date?

    public init() {}

    public var isEmpty: Bool { self == AuditQuery() }

    var filter: Filter {
        var parts: [Filter] = []
        if !events.isEmpty { parts.append(.in("event", events.map { .string($0.rawValue) })) }
        if !results.isEmpty { parts.append(.in("result", results.map { .string($0.rawValue) })) }
        if let actorID { parts.append(.eq("actor_id", .string(actorID))) }
        if let resourceType { parts.append(.eq("resource_type", .string(resourceType))) }
        if let resourceID { parts.append(.eq("resource_id", .string(resourceID))) }
        if let action { parts.append(.eq("action", .string(action))) }
        if let requestID { parts.append(.eq("request_id", .string(requestID))) }
        return .and(parts)
    }
}

/// A row together with its readable side, when that still exists.
public struct AuditRecord: Sendable {
    public let row: AuditRow
    public let payload: AuditPayload?

    public init(row: AuditRow, payload: AuditPayload?) {
        self.row = row
        self.payload = payload
    }
}

/// Newest first; `next` is where the older ones go on.
public struct AuditSearchResult: Sendable {
    public let records: [AuditRecord]
    public let next: Int?
}
