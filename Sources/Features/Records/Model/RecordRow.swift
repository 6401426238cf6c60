import BSON
import Foundation
import Tenancy

/// A kind of canonical row: which collection it lives in, and how it is written.
public protocol RecordRow: Sendable {
    static var spec: CollectionSpec { get }
    /// Prefix of stored ids, for instance `evt`.
    static var idPrefix: String { get }
    /// The source's own id; with organization and connection it names the row.
    var externalID: String { get }
    /// The source's time of the last change; a row that is older than the stored one changes nothing.
    var sourceUpdatedAt: Date? { get }
    /// The source's id of the person, when the row is about one.
    var personExternalID: String? { get }
    /// The day the row belongs to, for rows that are replaced by window.
    var windowDay: Day? { get }
    func write(to writer: inout BSONWriter)
}

extension RecordRow {
    public var sourceUpdatedAt: Date? { nil }
    public var personExternalID: String? { nil }
    public var windowDay: Day? { nil }

    /// - Parameter isImportable: files can bring these rows, and take them away again
    static func declared(
        _ name: String, indexes: [IndexSpec] = [], required: [String] = [], properties: BSONDocument = [:],
        isImportable: Bool = false
    ) -> CollectionSpec {
        let ofImport = IndexSpec("import", [("import_id", 1)], partial: ["import_id": ["$exists": true]])
        return CollectionSpec(
            name,
            indexes: [IndexSpec("external", [("connection_id", 1), ("external_id", 1)], unique: true)] + indexes
                + (isImportable ? [ofImport] : []),
            validator: .schema(
                required: ["connection_id", "platform", "external_id", "last_synced_at"] + required,
                properties: properties))
    }

    static var money: BSONValue { ["bsonType": "long"] }
    static var time: BSONValue { ["bsonType": "date"] }
}
