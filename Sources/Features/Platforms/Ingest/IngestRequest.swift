import BSON
import Foundation
import Tenancy

/// A request in which a program sent rows: what came of it, and whether that was taken back.
struct IngestRequest: TenantDocument, Codable, Equatable {
    enum State: String, Codable, CaseIterable {
        /// Being received, or broken off by a crash.
        case open
        case received, undoing, undone
    }

    struct Counts: Codable, Equatable {
        var received = 0
        var created = 0
        var updated = 0
        var unchanged = 0
        var superseded = 0
        var refused = 0
    }

    /// As long a request is listed and can be undone.
    static let keptSeconds: TimeInterval = 30 * 86_400

    var id: String
    var connectionID: String
    var type: IngestType
    var state: State
    var counts = Counts()
    var sentBy: String?
    var sentByName: String?
    var jobID: String?
    var createdAt: Date
    var finishedAt: Date?
    var expiresAt: Date

    static let spec = CollectionSpec(
        "ingest_requests",
        indexes: [
            IndexSpec("time", [("created_at", -1), ("_id", -1)]),
            IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(
            required: ["connection_id", "type", "state", "counts", "created_at", "expires_at"],
            properties: [
                "type": ["enum": .strings(IngestType.allCases.map(\.rawValue))],
                "state": ["enum": .strings(State.allCases.map(\.rawValue))],
            ]))

    init(id: String, connectionID: String, type: IngestType, scope: TenantScope, at now: Date) {
        self.id = id
        self.connectionID = connectionID
        self.type = type
        state = .open
        sentBy = scope.actor.id
        sentByName = scope.actor.name
        createdAt = now
        expiresAt = now.addingTimeInterval(Self.keptSeconds)
    }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case type, state, counts
        case connectionID = "connection_id"
        case sentBy = "sent_by"
        case sentByName = "sent_by_name"
        case jobID = "job_id"
        case createdAt = "created_at"
        case finishedAt = "finished_at"
        case expiresAt = "expires_at"
    }

    /// One that is being received can be taken back only once it must have been broken off.
    func mayUndo(at now: Date) -> Bool {
        switch state {
        case .received: counts.created + counts.updated > 0
        case .open: now.timeIntervalSince(createdAt) > 3600
        case .undoing, .undone: false
        }
    }
}

extension IngestAnswer {
    var requestCounts: IngestRequest.Counts {
        IngestRequest.Counts(
            received: received, created: count(.created), updated: count(.updated), unchanged: count(.unchanged),
            superseded: count(.superseded), refused: count(.refused))
    }
}
