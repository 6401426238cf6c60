import BSON
import Foundation
import Tenancy

extension ImportRecord: TenantDocument {
    public static let spec = CollectionSpec(
        "import_files",
        indexes: [
            IndexSpec("time", [("created_at", -1), ("_id", -1)]),
            IndexSpec("content", [("sha256", 1)]),
        ],
        validator: .schema(
            required: ["connection_id", "file_name", "size", "sha256", "state", "created_at"],
            properties: [
                "state": ["enum": .strings(ImportState.allCases.map(\.rawValue))],
                "size": ["bsonType": ["int", "long"], "minimum": 0],
            ]))
}

/// One row that was left out, as stored.
struct StoredProblem: TenantDocument, Codable, Equatable {
    var id: String
    var importID: String
    var line: Int
    var code: RowProblemCode
    var column: String
    var value: String

    static let spec = CollectionSpec(
        "import_errors",
        indexes: [IndexSpec("line", [("import_id", 1), ("line", 1)])],
        validator: .schema(required: ["import_id", "line", "code"], properties: [:]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case importID = "import_id"
        case line, code, column, value
    }
}

/// The mapping a person last used for files with these columns.
struct SavedMapping: TenantDocument, Codable {
    var id: String
    var fingerprint: String
    var mapping: ColumnMapping
    var updatedAt: Date

    static let spec = CollectionSpec(
        "import_mappings",
        indexes: [IndexSpec("fingerprint", [("fingerprint", 1)], unique: true)],
        validator: .schema(required: ["fingerprint", "mapping", "updated_at"], properties: [:]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case fingerprint, mapping
        case updatedAt = "updated_at"
    }
}
