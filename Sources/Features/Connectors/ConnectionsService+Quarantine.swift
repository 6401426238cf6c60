import Audit
import BSON
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

extension ConnectionsService {
    private func quarantine(_ scope: TenantScope) -> TenantCollection<QuarantinedRow> {
        TenantCollection(scope, database)
    }

    /// Records that were put aside, latest first.
    ///
    /// - Parameter ignored: those that somebody decided to leave aside, instead of the others
    public func quarantined(
        _ scope: TenantScope, connectionID: String? = nil, stream: String? = nil, ignored: Bool = false,
        before: (at: Date, id: String)? = nil, limit: Int = 50
    ) async throws -> [QuarantinedRow] {
        var filters = [ignored ? Filter.ne("ignored_at", .null) : .eq("ignored_at", .null)]
        if let connectionID { filters.append(.eq("connection_id", .string(connectionID))) }
        if let stream { filters.append(.eq("stream", .string(stream))) }
        if let before {
            filters.append(
                .or([
                    .lt("last_seen_at", .date(before.at)),
                    .and([.eq("last_seen_at", .date(before.at)), .gt("_id", .string(before.id))]),
                ]))
        }
        return try await quarantine(scope).find(
            .and(filters), sort: [.descending("last_seen_at"), .ascending("_id")], limit: limit)
    }

    /// How many records are aside, by connection and stream: `con_1/orders`.
    public func quarantineCounts(_ scope: TenantScope) async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        let rows = try quarantine(scope).selectBatches(
            ["connection_id", "stream"], as: QuarantinePlace.self, .eq("ignored_at", .null))
        for try await batch in rows {
            for row in batch { counts[row.connectionID + "/" + row.stream, default: 0] += 1 }
        }
        return counts
    }

    /// Leaves a record aside for good: it is not listed and not counted any more. A later state of it that can be taken
    /// is taken all the same.
    public func ignoreQuarantined(_ scope: TenantScope, _ id: String, requestID: String = "") async throws {
        try await setIgnored(scope, id, [.set("ignored_at", .date(clock.now()))], "quarantine.ignored", requestID)
    }

    /// Lists an ignored record again.
    public func restoreQuarantined(_ scope: TenantScope, _ id: String, requestID: String = "") async throws {
        try await setIgnored(scope, id, [.unset("ignored_at")], "quarantine.restored", requestID)
    }

    private func setIgnored(
        _ scope: TenantScope, _ id: String, _ update: Update, _ action: String, _ requestID: String
    ) async throws {
        try scope.requireWritable()
        guard let row = try await quarantine(scope).get(id: id) else { throw ConnectionError.notFound }
        _ = try await quarantine(scope).update(.id(id), update)
        try await note(scope, try await get(scope, row.connectionID), action, requestID: requestID, .sync)
    }

    /// Tries a record again from the page it is kept on.
    public func retryQuarantined(_ scope: TenantScope, _ id: String, requestID: String = "") async throws -> Job {
        try scope.requireWritable()
        guard let row = try await quarantine(scope).get(id: id) else { throw ConnectionError.notFound }
        guard let raw = row.rawID, try await TenantCollection<RawRecord>(scope, database).exists(.id(raw)) else {
            throw ConnectionError.rawGone
        }
        return try await retry(scope, row.connectionID, row.id, requestID)
    }

    /// Tries everything again that a connection has aside.
    public func retryAllQuarantined(
        _ scope: TenantScope, connectionID: String, requestID: String = ""
    ) async throws -> Job {
        try scope.requireWritable()
        return try await retry(scope, connectionID, nil, requestID)
    }

    private func retry(
        _ scope: TenantScope, _ connectionID: String, _ rowID: String?, _ requestID: String
    ) async throws -> Job {
        let connection = try await get(scope, connectionID)
        try await note(scope, connection, "quarantine.retried", requestID: requestID, .sync)
        return try await queue.enqueue(
            QuarantineJob.self, partition: scope.organizationID,
            parameters: QuarantineJob.Parameters(connectionID: connectionID, rowID: rowID), startedBy: nil)
    }
}

private struct QuarantinePlace: BSONConvertible, Sendable {
    let connectionID: String
    let stream: String

    init(bson: BSONDocument) throws {
        connectionID = try bson.string("connection_id")
        stream = try bson.string("stream")
    }

    func bson() -> BSONDocument { [:] }
}
