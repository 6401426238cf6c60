import BSON

/// The collections this room owns. Both are global: they are what a scope is made from.
public enum Tenancy {
    /// The field every stored tenant document begins with.
    public static let organizationField = "organization_id"

    public static let organizations = CollectionSpec(
        "organizations",
        indexes: [
            IndexSpec("slug", [("slug", 1)], unique: true),
            IndexSpec("former_slugs", [("former_slugs.slug", 1)]),
            IndexSpec("kind_status", [("kind", 1), ("status", 1)]),
        ],
        validator: .schema(
            required: ["_id", "name", "slug", "kind", "status", "time_zone", "currency", "locale", "created_at"],
            properties: [
                "_id": ["bsonType": "string"],
                "name": ["bsonType": "string", "minLength": 1],
                "slug": ["bsonType": "string", "pattern": "^[a-z0-9-]{3,40}$"],
                "kind": ["enum": ["normal", "demo"]],
                "status": ["enum": ["trial", "active", "past_due", "suspended", "closing", "closed"]],
                "time_zone": ["bsonType": "string"],
                "currency": ["bsonType": "string", "pattern": "^[A-Z]{3}$"],
                "locale": ["enum": ["en", "es"]],
                "created_at": ["bsonType": "date"],
            ]),
        tenantOwned: false
    )

    public static let memberships = CollectionSpec(
        "memberships",
        indexes: [
            IndexSpec("organization_user", [("organization_id", 1), ("user_id", 1)], unique: true),
            IndexSpec("user_status", [("user_id", 1), ("status", 1)]),
        ],
        validator: .schema(
            required: ["_id", "organization_id", "user_id", "role", "status"],
            properties: [
                "_id": ["bsonType": "string"],
                "organization_id": ["bsonType": "string"],
                "user_id": ["bsonType": "string"],
                "role": ["enum": .array(Role.allCases.map { .string($0.rawValue) })],
                "status": ["enum": ["active", "disabled"]],
            ]),
        tenantOwned: false
    )

    public static let collections: [CollectionSpec] = [organizations, memberships]
}
