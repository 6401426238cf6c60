import Audit
import BSON
import Customers
import Foundation
import Mongo
import Records
import Tenancy
import Vault

/// The register of what platforms passed on about people's rights.
public struct DataRequests: Sendable {
    let service: ConnectionsService

    public init(_ service: ConnectionsService) { self.service = service }

    private func rows(_ scope: TenantScope) -> TenantCollection<DataRequest> {
        TenantCollection(scope, service.database)
    }

    // MARK: Reading

    /// Newest first.
    public func list(
        _ scope: TenantScope, state: DataRequest.State? = nil, before: (at: Date, id: String)? = nil, limit: Int
    ) async throws -> [DataRequest] {
        var filters: [Filter] = []
        if let state { filters.append(.eq("state", .string(state.rawValue))) }
        if let before {
            filters.append(
                .or([
                    .lt("received_at", .date(before.at)),
                    .and([.eq("received_at", .date(before.at)), .lt("_id", .string(before.id))]),
                ]))
        }
        return try await rows(scope).find(
            filters.isEmpty ? .all : .and(filters), sort: [.descending("received_at"), .descending("_id")],
            limit: limit)
    }

    public func get(_ scope: TenantScope, _ id: String) async throws -> DataRequest {
        guard let found = try await rows(scope).get(id: id) else { throw ConnectionError.notFound }
        return found
    }

    public func countOpen(_ scope: TenantScope) async throws -> Int {
        try await rows(scope).count(.eq("state", "open"))
    }

    // MARK: Opening and closing

    /// Writes down what was asked for. The same event twice is one request.
    func open(
        _ scope: TenantScope, _ connection: Connection, kind: DataRequest.Kind, subject: String, eventID: String,
        vendorEventID: String? = nil
    ) async throws {
        let now = service.clock.now()
        let days = service.settings(try service.connector(connection.platform)).number("privacy_days", or: 30)
        let people = CustomerWriter(
            scope, service.database,
            source: WriteSource(
                connectionID: connection.id, platform: connection.platform, label: connection.label,
                importID: eventID), keys: service.keys, clock: service.clock)
        let isPerson = kind == .access || kind == .erasure
        let customerID = people.customerID(subject)
        let isKnown = isPerson ? try await exists(customerID, scope) : false
        let request = DataRequest(
            id: DerivedID("dsr", scope.organizationID, connection.id)(eventID), kind: kind, state: .open,
            platform: connection.platform, connectionID: connection.id, sourceEventID: eventID,
            vendorEventID: vendorEventID,
            subjectToken: isPerson ? service.keys.subjectToken(subject, organizationID: scope.organizationID) : nil,
            customerID: isKnown ? customerID : nil, receivedAt: now,
            dueAt: now.addingTimeInterval(Double(days) * 86_400))
        do {
            try await rows(scope).insert(request)
        } catch let error as MongoError where error.isDuplicateKey {
            return
        }
        try await note(scope, request, "privacy.request_opened", requestID: "")
    }

    private func exists(_ customerID: String, _ scope: TenantScope) async throws -> Bool {
        try await !CustomerStore(scope, service.database).badges([customerID]).isEmpty
    }

    /// A person has seen to it, or has decided that it is not to be done, and says why.
    public func close(
        _ scope: TenantScope, _ id: String, as state: DataRequest.State, note text: String, requestID: String = ""
    ) async throws -> DataRequest {
        try scope.requireWritable()
        let words = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard state != .open, words.utf8.count <= 2000, state != .refused || !words.isEmpty else {
            throw ConnectionError.invalidField("note")
        }
        var change: Update = [
            .set("state", .string(state.rawValue)), .set("closed_at", .date(service.clock.now())),
        ]
        if let userID = scope.userID { change.append(.set("closed_by", .string(userID))) }
        if !words.isEmpty { change.append(.set("note", .string(words))) }
        let done = try await rows(scope).update(.and([.id(id), .eq("state", "open")]), change)
        let request = try await get(scope, id)
        guard done.modified == 1 else { throw ConnectionError.unsupported }
        try await note(scope, request, "privacy.request_\(state.rawValue)", requestID: requestID)
        return request
    }

    /// Whom it is about stays out of the log.
    private func note(
        _ scope: TenantScope, _ request: DataRequest, _ action: String, requestID: String
    ) async throws {
        try await service.audit.record(
            scope,
            AuditEntry(
                .dataAccess, action, on: "data_request", request.id,
                details: ["kind": .string(request.kind.rawValue), "platform": .string(request.platform)]),
            requestID: requestID)
    }
}
