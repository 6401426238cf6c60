import Audit
import BSON
import Foundation
import Jobs
import Records
import Tenancy

/// Which readings are meant.
public struct RunQuery: Sendable {
    public var connectionID: String?
    public var stream: String?
    public var state: String?

    public init(connectionID: String? = nil, stream: String? = nil, state: String? = nil) {
        self.connectionID = connectionID
        self.stream = stream
        self.state = state
    }
}

/// A place in a list that is newest first.
public struct LogPlace: Sendable, Equatable {
    public let at: Date
    public let id: String

    public init(at: Date, id: String) {
        self.at = at
        self.id = id
    }

    func rest(_ field: String) -> Filter {
        .or([.lt(field, .date(at)), .and([.eq(field, .date(at)), .lt("_id", .string(id))])])
    }
}

extension ConnectionsService {
    /// Readings of all connections, newest first.
    public func runs(_ scope: TenantScope, _ query: RunQuery, after: LogPlace?, limit: Int) async throws -> [SyncRun] {
        try await runs(scope).find(
            .and([
                Self.equal("connection_id", query.connectionID), Self.equal("stream", query.stream),
                Self.equal("state", query.state), after?.rest("started_at") ?? .all,
            ]), sort: [.descending("started_at"), .descending("_id")], limit: limit)
    }

    public func run(_ scope: TenantScope, _ id: String) async throws -> SyncRun {
        guard let run = try await runs(scope).get(id: id) else { throw ConnectionError.notFound }
        return run
    }

    /// Stops a reading at its next page. What it has stored stays, and the next one goes on from there.
    public func cancelRun(_ scope: TenantScope, _ id: String, requestID: String = "") async throws -> Job {
        let run = try await run(scope, id)
        let connection = try await get(scope, run.connectionID)
        guard run.state == "running", let jobID = connection.syncJobID,
            let job = try await queue.cancel(jobID, partition: scope.organizationID)
        else { throw ConnectionError.unsupported }
        try await note(scope, connection, "connection.sync_cancelled", requestID: requestID, .sync)
        return job
    }

    /// Asks for a reading of everything that can be read now.
    public func syncAll(_ scope: TenantScope, requestID: String = "") async throws -> [(connectionID: String, job: Job)]
    {
        try scope.requireWritable()
        let ready = try await connections(scope).find(
            .and([
                .ne("platform", "csv"), .eq("status", "connected"), .eq("paused_at", .null), .eq("cause_remedy", .null),
            ]), sort: [.ascending("platform"), .ascending("label")], limit: 500)
        var started: [(connectionID: String, job: Job)] = []
        for connection in ready {
            started.append((connection.id, try await syncNow(scope, connection.id, requestID: requestID)))
        }
        return started
    }

    /// What platforms reported, newest first.
    public func webhookEvents(
        _ scope: TenantScope, connectionID: String? = nil, status: String? = nil, after: LogPlace?, limit: Int
    ) async throws -> [WebhookEventRow] {
        try await TenantCollection<WebhookEventRow>(scope, database).find(
            .and([
                Self.equal("connection_id", connectionID), Self.equal("status", status),
                after?.rest("received_at") ?? .all,
            ]), sort: [.descending("received_at"), .descending("_id")], limit: limit)
    }

    public func webhookEvent(_ scope: TenantScope, _ id: String) async throws -> WebhookEventRow {
        guard let row = try await TenantCollection<WebhookEventRow>(scope, database).get(id: id) else {
            throw ConnectionError.notFound
        }
        return row
    }

    private static func equal(_ field: String, _ value: String?) -> Filter {
        value.map { .eq(field, .string($0)) } ?? .all
    }
}
