import BSON

/// One step of a bulk write.
public enum BulkOperation: Sendable {
    case insert(BSONDocument)
    case update(_ filter: BSONDocument, _ update: BSONDocument, upsert: Bool = false, multi: Bool = false)
    case replace(_ filter: BSONDocument, _ document: BSONDocument, upsert: Bool = false)
    case delete(_ filter: BSONDocument, multi: Bool = false)
}
