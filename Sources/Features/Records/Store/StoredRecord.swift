import BSON
import Customers
import Foundation
import Tenancy

/// A canonical row as stored: its content between the fields every platform row has.
struct StoredRecord<Row: RecordRow>: TenantDocument {
    static var spec: CollectionSpec { Row.spec }

    let id: String
    let document: BSONDocument

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        document = bson
    }

    init(_ stamp: RecordStamp, document: BSONDocument) {
        id = stamp.id
        self.document = document
    }

    func bson() -> BSONDocument { document }
}

/// What tells whether a row has to be written again.
struct RecordStamp: BSONConvertible, Equatable {
    static let fields = ["row_hash", "external_updated_at", "deleted_at"]

    let id: String
    let hash: Int64
    let updatedAt: Date?
    let isDeleted: Bool

    init(id: String, hash: Int64, updatedAt: Date?, isDeleted: Bool = false) {
        self.id = id
        self.hash = hash
        self.updatedAt = updatedAt
        self.isDeleted = isDeleted
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        hash = try bson.int64("row_hash")
        updatedAt = bson["external_updated_at"]?.dateValue
        isDeleted = bson["deleted_at"]?.dateValue != nil
    }

    func bson() -> BSONDocument { [:] }

    /// FNV-1a; equal on every machine, unlike `Hasher`.
    static func hash(_ bytes: [UInt8]) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int64(bitPattern: hash)
    }
}
