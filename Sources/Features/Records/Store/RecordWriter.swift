import BSON
import Customers
import Foundation
import Mongo
import Tenancy
import Vault

/// What one batch of rows changed.
public struct RecordCounts: Sendable, Equatable, Codable {
    public var new = 0
    public var updated = 0
    public var unchanged = 0
    public var deleted = 0

    public init() {}

    init(_ changes: some Sequence<RowChange>) {
        for change in changes {
            switch change {
            case .created: new += 1
            case .updated: updated += 1
            case .unchanged: unchanged += 1
            }
        }
    }

    public static func += (sum: inout RecordCounts, more: RecordCounts) {
        sum.new += more.new
        sum.updated += more.updated
        sum.unchanged += more.unchanged
        sum.deleted += more.deleted
    }
}

/// Writes canonical rows of one connection, each under an id that follows from organization, connection and the
/// source's own id: writing the same rows again changes nothing, in whatever order they come.
public struct RecordWriter: Sendable {
    let scope: TenantScope
    let database: MongoDatabase
    let source: WriteSource
    let clock: WallClock
    /// The stream the rows come from; windows are replaced within it.
    let stream: String
    /// Rows carry the import that brought them, and what it changes is kept as it was.
    let isUndoable: Bool
    /// When what rows were before may be forgotten; nil is never.
    let undoableUntil: Date?
    private let personID: @Sendable (String) -> String

    /// - Parameters:
    ///   - isUndoable: lets ``undo(_:)`` take back exactly what is written
    ///   - undoableUntil: after this what rows were before is forgotten
    ///   - personID: the stored id of a person by the source's id, as the customer writer makes it
    public init(
        _ scope: TenantScope, _ database: MongoDatabase, source: WriteSource, stream: String, isUndoable: Bool = false,
        undoableUntil: Date? = nil, clock: WallClock = .system,
        personID: @escaping @Sendable (String) -> String
    ) {
        self.scope = scope
        self.database = database
        self.source = source
        self.stream = stream
        self.isUndoable = isUndoable
        self.undoableUntil = undoableUntil
        self.clock = clock
        self.personID = personID
    }

    /// Inserts what is new, replaces what the source changed, leaves the rest.
    ///
    /// - Parameter marksAll: also touch unchanged rows, so that ``removeUnmarked(_:days:)`` can tell who was there.
    public func write<Row: RecordRow>(_ rows: [Row], marksAll: Bool = false) async throws -> RecordCounts {
        RecordCounts(try await changes(writing: rows, marksAll: marksAll).values)
    }

    /// The same, and tells what became of each row, by the source's id.
    public func changes<Row: RecordRow>(
        writing rows: [Row], marksAll: Bool = false
    ) async throws -> [String: RowChange] {
        guard !rows.isEmpty else { return [:] }
        try scope.requireWritable()
        let now = clock.now()
        let collection = TenantCollection<StoredRecord<Row>>(scope, database)
        let ids = DerivedID(Row.idPrefix, scope.organizationID, source.connectionID)
        var latest: [String: Prepared] = [:]
        let people = Set(rows.compactMap(\.personExternalID).map(personID))
        let survivors = try await Survivors(scope, database).of(people)
        for row in rows {
            let prepared = prepare(row, id: ids(row.externalID), survivors)
            if let held = latest[prepared.stamp.id], Self.isOlder(prepared.stamp, than: held.stamp) { continue }
            latest[prepared.stamp.id] = prepared
        }
        let stored = try await collection.select(
            RecordStamp.fields, as: RecordStamp.self, .in("_id", latest.keys.map { .string($0) }))
        let known = Dictionary(stored.map { ($0.id, $0) }) { first, _ in first }
        var changes: [String: RowChange] = [:]
        var changed: [Prepared] = []
        var operations: [TenantBulk<StoredRecord<Row>>] = []
        for (id, row) in latest.sorted(by: { $0.key < $1.key }) {
            guard let old = known[id] else {
                changes[row.externalID] = .created
                operations.append(.insert(StoredRecord(row.stamp, document: document(row, now: now))))
                continue
            }
            let saysWhen = row.stamp.updatedAt != nil && old.updatedAt == nil
            let isSame = old.hash == row.stamp.hash && !old.isDeleted && !saysWhen
            if isSame || Self.isOlder(row.stamp, than: old) {
                changes[row.externalID] = .unchanged
                if let newer = row.stamp.updatedAt, isSame, Self.isOlder(old, than: row.stamp) {
                    operations.append(.update(.id(id), [.set("external_updated_at", .date(newer))]))
                }
                if marksAll { operations.append(.update(.id(id), [.set("run_id", .string(source.importID))])) }
            } else {
                changes[row.externalID] = .updated
                changed.append(row)
            }
        }
        operations += try await updates(of: changed, in: collection, now: now)
        if !operations.isEmpty {
            let result = try await collection.bulk(operations)
            if let error = result.errors.first(where: { $0.code != 11_000 }) {
                throw CustomersError.writeFailed(code: error.code, message: error.message)
            }
        }
        return changes
    }

    /// Removes rows of a window that the run did not find there: what the source no longer has.
    public func removeUnmarked<Row: RecordRow>(_ type: Row.Type, days: ClosedRange<Day>) async throws -> Int {
        try await TenantCollection<StoredRecord<Row>>(scope, database).delete(
            .and([
                .eq("connection_id", .string(source.connectionID)), .eq("stream", .string(stream)),
                .gte("day", .string(days.lowerBound)), .lte("day", .string(days.upperBound)),
                .ne("run_id", .string(source.importID)),
            ]), multi: true)
    }

    /// Marks rows as gone that a whole listing did not contain.
    public func markUnmarkedDeleted<Row: RecordRow>(_ type: Row.Type) async throws -> Int {
        try await TenantCollection<StoredRecord<Row>>(scope, database).update(
            .and([
                .eq("connection_id", .string(source.connectionID)), .eq("stream", .string(stream)),
                .ne("run_id", .string(source.importID)), .eq("deleted_at", .null),
            ]), [.set("deleted_at", .date(clock.now()))], multi: true
        ).modified
    }

    /// Marks rows as gone at the source; they stay for history and count nowhere.
    public func markDeleted<Row: RecordRow>(_ type: Row.Type, _ externalIDs: [String]) async throws -> Int {
        guard !externalIDs.isEmpty else { return 0 }
        let ids = DerivedID(Row.idPrefix, scope.organizationID, source.connectionID)
        return try await TenantCollection<StoredRecord<Row>>(scope, database).update(
            .and([.in("_id", externalIDs.map { .string(ids($0)) }), .eq("deleted_at", .null)]),
            [.set("deleted_at", .date(clock.now()))], multi: true
        ).modified
    }

    /// How many rows of this kind the connection has.
    public func count<Row: RecordRow>(_ type: Row.Type) async throws -> Int {
        try await TenantCollection<StoredRecord<Row>>(scope, database).count(
            .eq("connection_id", .string(source.connectionID)))
    }

    /// Removes every row of the connection.
    public func removeAll<Row: RecordRow>(_ type: Row.Type) async throws -> Int {
        try await TenantCollection<StoredRecord<Row>>(scope, database).delete(
            .eq("connection_id", .string(source.connectionID)), multi: true)
    }

    // MARK: One row

    private struct Prepared {
        let externalID: String
        let stamp: RecordStamp
        let content: BSONDocument
    }

    /// - Parameter survivors: whom merged people are counted under; the source's person is kept beside it, and the
    ///   fingerprint is over what the source says.
    private func prepare<Row: RecordRow>(
        _ row: Row, id: String, _ survivors: [String: String]
    ) -> Prepared {
        var writer = BSONWriter(capacity: 256)
        let person = row.personExternalID.map(personID)
        if let person { writer.append("customer_id", person) }
        row.write(to: &writer)
        let said = writer.finish()
        var content = said
        if let person, let survivor = survivors[person] {
            var counted = BSONWriter(capacity: said.bytes.count + 64)
            counted.append("customer_id", survivor)
            counted.append("source_customer_id", person)
            row.write(to: &counted)
            content = counted.finish()
        }
        var head = BSONWriter(capacity: content.bytes.count + 96)
        head.append("external_id", row.externalID)
        head.appendIfPresent("external_updated_at", row.sourceUpdatedAt)
        var full = head.finish()
        full.appendElements(of: content)
        return Prepared(
            externalID: row.externalID,
            stamp: RecordStamp(id: id, hash: RecordStamp.hash(said.bytes), updatedAt: row.sourceUpdatedAt),
            content: full)
    }

    private func document(_ row: Prepared, now: Date) -> BSONDocument {
        var writer = BSONWriter(capacity: row.content.bytes.count + 256)
        writer.append("_id", row.stamp.id)
        writer.append("connection_id", source.connectionID)
        writer.append("platform", source.platform)
        writer.append("first_seen_at", now)
        if isUndoable { writer.append("import_id", source.importID) }
        var document = writer.finish()
        document.appendElements(of: row.content)
        document.appendElements(of: tail(row.stamp, now: now))
        return document
    }

    private func tail(_ stamp: RecordStamp, now: Date) -> BSONDocument {
        [
            "stream": .string(stream), "last_synced_at": .date(now), "row_hash": .int64(stamp.hash),
            "run_id": .string(source.importID),
        ]
    }

    /// Rows that the source has changed. What it says no more of one goes; where that can be undone, the row is kept as it
    /// was.
    private func updates<Row: RecordRow>(
        of rows: [Prepared], in collection: TenantCollection<StoredRecord<Row>>, now: Date
    ) async throws -> [TenantBulk<StoredRecord<Row>>] {
        guard !rows.isEmpty else { return [] }
        let stored = try await collection.find(.in("_id", rows.map { .string($0.stamp.id) }))
        if isUndoable { try await keep(stored, now: now) }
        let fields = Dictionary(stored.map { ($0.id, $0.document.keys) }) { first, _ in first }
        return rows.map { row in
            .update(.id(row.stamp.id), update(row, had: fields[row.stamp.id] ?? [], now: now))
        }
    }

    private func update(_ row: Prepared, had fields: [String], now: Date) -> Update {
        var content = row.content
        content.appendElements(of: tail(row.stamp, now: now))
        return .setting(content, clearing: fields.filter { !Self.frame.contains($0) })
    }

    /// What a row keeps, whatever its source says of it.
    private static let frame: Set<String> = [
        "_id", Tenancy.organizationField, "connection_id", "platform", "first_seen_at", "import_id",
        "external_updated_at",
    ]

    /// Of two states of one row the newer one stays, whatever order they come in.
    private static func isOlder(_ new: RecordStamp, than old: RecordStamp) -> Bool {
        guard let new = new.updatedAt, let old = old.updatedAt else { return false }
        return new < old
    }
}
