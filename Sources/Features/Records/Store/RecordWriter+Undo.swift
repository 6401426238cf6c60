import BSON
import Customers
import Foundation
import Mongo
import Tenancy

/// A row as it was before an import changed it, kept so that undoing the import puts it back exactly.
struct ReplacedRecord: TenantDocument {
    var id: String
    var importID: String
    var collection: String
    var row: BSONDocument
    var createdAt: Date
    /// When nobody may undo any more; nil is never.
    var expiresAt: Date?

    static let spec = CollectionSpec(
        "replaced_records",
        indexes: [
            IndexSpec("import", [("import_id", 1), ("collection", 1)]),
            IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(required: ["import_id", "collection", "row", "created_at"], properties: [:]))

    init(
        _ row: BSONDocument, id: String, of collection: String, replacedBy importID: String, now: Date,
        until: Date? = nil
    ) {
        expiresAt = until
        self.id = DerivedID("rpr", importID)(collection, id)
        self.importID = importID
        self.collection = collection
        self.row = row
        createdAt = now
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        importID = try bson.string("import_id")
        collection = try bson.string("collection")
        row = try bson.document("row")
        createdAt = try bson.date("created_at")
        expiresAt = bson["expires_at"]?.dateValue
    }

    func bson() -> BSONDocument {
        var document: BSONDocument = [
            "_id": .string(id), "import_id": .string(importID), "collection": .string(collection),
            "row": .document(row), "created_at": .date(createdAt),
        ]
        if let expiresAt { document.append("expires_at", .date(expiresAt)) }
        return document
    }
}

extension RecordWriter {
    /// Keeps rows of others as they are, before this import changes them.
    func keep<Row: RecordRow>(_ rows: [StoredRecord<Row>], now: Date) async throws {
        let others = rows.filter { $0.document["import_id"]?.stringValue != source.importID }
        let operations = others.map { row -> TenantBulk<ReplacedRecord> in
            .insert(
                ReplacedRecord(
                    row.document, id: row.id, of: Row.spec.name, replacedBy: source.importID, now: now,
                    until: undoableUntil))
        }
        guard !operations.isEmpty else { return }
        try await TenantCollection<ReplacedRecord>(scope, database).bulk(operations).throwUnlessThere()
    }

    /// What this import has left in the store, counted there.
    public func summary<Row: RecordRow>(_ type: Row.Type) async throws -> RecordCounts {
        var counts = RecordCounts()
        async let new = TenantCollection<StoredRecord<Row>>(scope, database).count(brought)
        async let updated = TenantCollection<ReplacedRecord>(scope, database).count(changed(type))
        counts.new = try await new
        counts.updated = try await updated
        return counts
    }

    /// Takes back exactly what this import wrote: its rows go, those it changed become what they were.
    public func undo<Row: RecordRow>(_ type: Row.Type) async throws {
        try scope.requireWritable()
        let rows = TenantCollection<StoredRecord<Row>>(scope, database)
        _ = try await rows.delete(brought, multi: true)
        let replaced = TenantCollection<ReplacedRecord>(scope, database)
        for try await batch in try replaced.batches(changed(type)) {
            let people = Set(batch.compactMap { PersonReference($0.row)?.atSource })
            let survivors = try await Survivors(scope, database).of(people)
            let restored = try batch.map { old -> TenantBulk<StoredRecord<Row>> in
                let row = PersonReference(old.row)?.counted(under: survivors, in: old.row) ?? old.row
                return .replace(try StoredRecord<Row>(bson: row), upsert: true)
            }
            try await rows.bulk(restored).throwUnlessThere()
        }
        _ = try await replaced.delete(changed(type), multi: true)
    }

    /// The import or request that changed rows this one had written, if one did.
    public func laterWriter<Row: RecordRow>(_ type: Row.Type) async throws -> String? {
        let mine = BSONValue.string(source.importID)
        return try await TenantCollection<ReplacedRecord>(scope, database).first(
            .and([
                .eq("collection", .string(Row.spec.name)), .eq("row.run_id", mine), .ne("import_id", mine),
            ]), sort: [.descending("created_at")]
        )?.importID
    }

    private var brought: Filter {
        .and([.eq("connection_id", .string(source.connectionID)), .eq("import_id", .string(source.importID))])
    }

    private func changed<Row: RecordRow>(_ type: Row.Type) -> Filter {
        .and([.eq("import_id", .string(source.importID)), .eq("collection", .string(Row.spec.name))])
    }
}

/// Whose a stored row is: at its source, and under whom it is counted.
private struct PersonReference {
    let atSource: String

    init?(_ row: BSONDocument) {
        guard let person = row["source_customer_id"]?.stringValue ?? row["customer_id"]?.stringValue else { return nil }
        atSource = person
    }

    /// The row as it has to be counted now: people may have been merged or parted since it was kept.
    func counted(under survivors: [String: String], in row: BSONDocument) -> BSONDocument {
        var fields = row.elements().filter { $0.key != "source_customer_id" }
        guard let place = fields.firstIndex(where: { $0.key == "customer_id" }) else { return row }
        fields[place].value = .string(survivors[atSource] ?? atSource)
        if survivors[atSource] != nil {
            fields.insert((key: "source_customer_id", value: .string(atSource)), at: place + 1)
        }
        return BSONDocument(fields.map { ($0.key, $0.value) })
    }
}

extension BulkResult {
    /// Whatever failed for another reason than that the row is already there.
    func throwUnlessThere() throws {
        guard let error = errors.first(where: { $0.code != 11_000 }) else { return }
        throw CustomersError.writeFailed(code: error.code, message: error.message)
    }
}
