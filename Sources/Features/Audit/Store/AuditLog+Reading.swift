import BSON
import FoundationEssentials
import Mongo
import Tenancy

extension AuditLog {
    /// One row with its details; nil when the organization has none with this id.
    public func get(_ scope: TenantScope, id: String) async throws -> AuditRecord? {
        guard let row = try await rows(scope).get(id: id) else { return nil }
        return try await withPayloads([row], scope).first
    }

    /// The newest rows that match, from below `before` on.
    ///
    /// Times become bounds of `seq`: rows are never older than the row ahead of them, so both orders are the same.
    public func search(_ scope: TenantScope, _ query: AuditQuery, before: Int? = nil, limit: Int = 50)
        async throws -> AuditSearchResult
    {
        guard let filter = try await bounded(query, before: before, scope) else {
            return AuditSearchResult(records: [], next: nil)
        }
        var found = try await rows(scope).find(filter, sort: [.descending("seq")], limit: limit + 1)
        let hasMore = found.count > limit
        if hasMore { found.removeLast() }
        return AuditSearchResult(
            records: try await withPayloads(found, scope), next: hasMore ? found.last?.seq : nil)
    }

    /// How many rows match; counting stops at `limit`.
    public func count(_ scope: TenantScope, _ query: AuditQuery, limit: Int = 10_000) async throws -> Int {
        guard let filter = try await bounded(query, before: nil, scope) else { return 0 }
        return try await rows(scope).count(filter, limit: limit)
    }

    /// The newest row of an action, for instance the last verification.
    public func last(_ scope: TenantScope, action: String) async throws -> AuditRecord? {
        var query = AuditQuery()
        query.action = action
        return try await search(scope, query, limit: 1).records.first
    }

    /// Destroys the readable details of what one person did. The rows stay, and the chain still verifies.
    public func eraseDetails(_ scope: TenantScope, ofPerson actorID: String, requestID: String? = nil) async throws
        -> Int
    {
        try await record(
            scope, AuditEntry(.dataDeletion, "audit.details_erased", on: "person", actorID), requestID: requestID)
        return try await payloads(scope).delete(.eq("actor_id", .string(actorID)), multi: true)
    }

    /// The filter with its times turned into numbers of rows; nil when no row can match.
    private func bounded(_ query: AuditQuery, before: Int?, _ scope: TenantScope) async throws -> Filter? {
        var parts = [query.filter]
        if let before { parts.append(.lt("seq", .int(before))) }
        if let from = query.from {
            let first = try await rows(scope).first(.gte("ts", .date(from)), sort: [.ascending("ts")])
            guard let first else { return nil }
            parts.append(.gte("ts", .date(from)))
            parts.append(.gte("seq", .int(first.seq - Self.sameMoment)))
        }
        if let until = query.until {
            let last = try await rows(scope).first(.lt("ts", .date(until)), sort: [.descending("ts")])
            guard let last else { return nil }
            parts.append(.lt("ts", .date(until)))
            parts.append(.lte("seq", .int(last.seq + Self.sameMoment)))
        }
        return .and(parts)
    }

    func withPayloads(_ rows: [AuditRow], _ scope: TenantScope) async throws -> [AuditRecord] {
        guard !rows.isEmpty else { return [] }
        let stored = try await payloads(scope).find(.in("_id", rows.map { .string($0.payloadRef) }))
        var opened: [String: AuditPayload] = [:]
        for payload in stored {
            opened[payload.id] = payload.opened(organizationID: scope.organizationID, sealer: sealer)
        }
        return rows.map { AuditRecord(row: $0, payload: opened[$0.payloadRef]) }
    }

    /// More rows than can carry one millisecond, so that a bound never cuts off rows of the same moment.
    private static let sameMoment = 10_000
}
