import BSON
import Foundation
import Tenancy

/// What was known of a customer before an import changed it, kept so that undoing the import puts it back exactly.
struct ReplacedProfile: TenantDocument {
    var id: String
    var importID: String
    var customer: StoredCustomer
    var createdAt: Date
    /// When nobody may undo any more; nil is never.
    var expiresAt: Date?

    static let spec = CollectionSpec(
        "replaced_profiles",
        indexes: [
            IndexSpec("import", [("import_id", 1)]), IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(required: ["import_id", "customer", "created_at"], properties: [:]))

    init(_ customer: StoredCustomer, replacedBy importID: String, now: Date, until: Date? = nil) {
        id = DerivedID("rpp", importID)(customer.id)
        self.importID = importID
        self.customer = customer
        createdAt = now
        expiresAt = until
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        importID = try bson.string("import_id")
        customer = try StoredCustomer(bson: bson.document("customer"))
        createdAt = try bson.date("created_at")
        expiresAt = bson["expires_at"]?.dateValue
    }

    func bson() -> BSONDocument {
        var document: BSONDocument = [
            "_id": .string(id), "import_id": .string(importID), "customer": .document(customer.bson()),
            "created_at": .date(createdAt),
        ]
        if let expiresAt { document.append("expires_at", .date(expiresAt)) }
        return document
    }
}

extension CustomerWriter {
    /// Keeps customers as they are, before this import changes what is known of them.
    func keepProfiles(_ ids: [String], now: Date) async throws {
        guard isUndoable, !ids.isEmpty else { return }
        let old = try await TenantCollection<StoredCustomer>(scope, database).find(.in("_id", ids.map { .string($0) }))
        let others = old.filter { $0.importID != source.importID }
        try await insert(
            others.map { ReplacedProfile($0, replacedBy: source.importID, now: now, until: undoableUntil) },
            into: TenantCollection<ReplacedProfile>(scope, database))
    }

    /// Puts back what was known before this import, where nobody has learnt anything newer. Returns whose it is.
    func restoreProfiles() async throws -> Set<String> {
        let mine = Filter.eq("import_id", .string(source.importID))
        let replaced = TenantCollection<ReplacedProfile>(scope, database)
        let customers = TenantCollection<StoredCustomer>(scope, database)
        var restored: Set<String> = []
        for try await batch in try replaced.batches(mine) {
            let old = batch.map(\.customer)
            restored.formUnion(old.map(\.id))
            let operations = old.map { customer -> TenantBulk<StoredCustomer> in
                let untouched = Filter.and([
                    .id(customer.id), .eq("updated_import_id", .string(source.importID)),
                ])
                return .update(untouched, customer.restoration)
            }
            try await customers.bulk(operations).throwUnlessDuplicates()
        }
        _ = try await replaced.delete(mine, multi: true)
        return restored
    }
}

extension StoredCustomer {
    /// Makes the stored customer somebody of whom nothing is told.
    static var forgetting: Update {
        Update(profileFields.map { Update.Operation.unset($0) })
    }

    /// Makes the stored customer know what this one knows, and nothing else.
    fileprivate var restoration: Update {
        var update = Update.setting(profile(), clearing: Self.profileFields)
        update.append(
            updatedImportID.map { .set("updated_import_id", .string($0)) } ?? .unset("updated_import_id"))
        update.append(.set("updated_at", .date(updatedAt)))
        update.append(.set("version", .int64(version)))
        return update
    }
}
