import BSON
import Foundation
import Tenancy

/// An order as it was before an import changed it, kept so that undoing the import puts it back exactly.
struct ReplacedOrder: TenantDocument {
    var id: String
    var importID: String
    var order: StoredOrder
    var createdAt: Date
    /// When nobody may undo any more; nil is never.
    var expiresAt: Date?

    static let spec = CollectionSpec(
        "replaced_orders",
        indexes: [
            IndexSpec("import", [("import_id", 1)]), IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(required: ["import_id", "order", "created_at"], properties: [:]))

    init(_ order: StoredOrder, replacedBy importID: String, now: Date, until: Date? = nil) {
        id = DerivedID("rpl", importID)(order.id)
        self.importID = importID
        self.order = order
        createdAt = now
        expiresAt = until
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        importID = try bson.string("import_id")
        order = try StoredOrder(bson: bson.document("order"))
        createdAt = try bson.date("created_at")
        expiresAt = bson["expires_at"]?.dateValue
    }

    func bson() -> BSONDocument {
        var document: BSONDocument = [
            "_id": .string(id), "import_id": .string(importID), "order": .document(order.bson()),
            "created_at": .date(createdAt),
        ]
        if let expiresAt { document.append("expires_at", .date(expiresAt)) }
        return document
    }
}
