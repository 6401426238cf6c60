import BSON
import Foundation
import Tenancy

/// How far one stream of one connection is. Moved on after every stored page, in one write.
public struct SyncState: TenantDocument, Codable, Equatable {
    public var id: String
    public var connectionID: String
    public var stream: String
    /// The listing that is under way; nil between syncs.
    public var span: Span?
    public var place: Place?
    /// Spans still to read after this one, newest first.
    public var waiting: [Span]
    /// Rows of the listing carry this run.
    public var runID: String?
    /// Latest change known from complete listings; the next one starts here.
    public var watermark: Date?
    public var firstLoadedAt: Date?
    public var lastOkAt: Date?
    public var lastStartedAt: Date?
    /// Records stored since the connection was made.
    public var rows: Int
    public var errorCode: String?
    public var errorDetail: String?
    /// Set when the shape of the records changed: nothing is read until somebody has looked.
    public var isHeld: Bool
    /// Switched off by somebody: not read, and not late.
    public var isOff: Bool?
    /// Names of fields seen, to tell a new one.
    public var knownFields: [String]
    public var every: Double
    public var updatedAt: Date

    public static let spec = CollectionSpec(
        "sync_states",
        indexes: [IndexSpec("stream", [("connection_id", 1), ("stream", 1)], unique: true)],
        validator: .schema(required: ["connection_id", "stream", "rows", "updated_at"], properties: [:]))

    init(id: String, connectionID: String, stream: SyncStream, every: Double? = nil, now: Date) {
        self.id = id
        self.connectionID = connectionID
        self.stream = stream.name
        waiting = []
        rows = 0
        isHeld = false
        knownFields = []
        self.every = every ?? stream.every
        updatedAt = now
    }

    /// Whether it is time to read again.
    public func isDue(at now: Date) -> Bool {
        guard isOn else { return false }
        if span != nil { return true }
        guard let lastOkAt else { return true }
        return now >= lastOkAt.addingTimeInterval(every)
    }

    /// Whether it is read by the clock: neither switched off nor held back.
    public var isOn: Bool { !isHeld && isOff != true }

    /// When it counts as late: half an interval after it should have been read again.
    public func lateAt(since begin: Date) -> Date { (lastOkAt ?? begin).addingTimeInterval(1.5 * every) }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case stream, span, place, waiting, watermark, rows, every
        case connectionID = "connection_id"
        case runID = "run_id"
        case firstLoadedAt = "first_loaded_at"
        case lastOkAt = "last_ok_at"
        case lastStartedAt = "last_started_at"
        case errorCode = "error_code"
        case errorDetail = "error_detail"
        case isHeld = "is_held"
        case isOff = "is_off"
        case knownFields = "known_fields"
        case updatedAt = "updated_at"
    }
}

/// One reading of one stream, for the sync log.
public struct SyncRun: TenantDocument, Codable, Equatable {
    public struct Problem: Codable, Sendable, Equatable {
        public var externalID: String
        public var field: String
        public var reason: String

        enum CodingKeys: String, CodingKey {
            case externalID = "external_id"
            case field, reason
        }
    }

    public var id: String
    public var connectionID: String
    public var stream: String
    /// `first`, `incremental`, `rebuild`.
    public var mode: String
    /// `running`, `finished`, `failed`, `waiting`.
    public var state: String
    public var pages: Int
    public var recordsIn: Int
    public var written: Int
    public var unchanged: Int
    public var quarantined: Int
    public var deleted: Int
    public var skipped: [String: Int]
    /// The first of what was put aside.
    public var problems: [Problem]
    public var newFields: [String]
    public var errorClass: String?
    public var errorDetail: String?
    public var startedAt: Date
    public var finishedAt: Date?
    public var expiresAt: Date

    public static let spec = CollectionSpec(
        "sync_runs",
        indexes: [
            IndexSpec("connection", [("connection_id", 1), ("started_at", -1)]),
            IndexSpec("time", [("started_at", -1), ("_id", -1)]),
            IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(
            required: ["connection_id", "stream", "mode", "state", "started_at", "expires_at"], properties: [:]))

    init(id: String, connectionID: String, stream: String, mode: String, now: Date) {
        self.id = id
        self.connectionID = connectionID
        self.stream = stream
        self.mode = mode
        state = "running"
        pages = 0
        recordsIn = 0
        written = 0
        unchanged = 0
        quarantined = 0
        deleted = 0
        skipped = [:]
        problems = []
        newFields = []
        startedAt = now
        expiresAt = now.addingTimeInterval(90 * 86_400)
    }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case stream, mode, state, pages, written, unchanged, quarantined, deleted, skipped, problems
        case connectionID = "connection_id"
        case recordsIn = "records_in"
        case newFields = "new_fields"
        case errorClass = "error_class"
        case errorDetail = "error_detail"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case expiresAt = "expires_at"
    }
}
