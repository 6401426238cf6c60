import BSON

/// One event of a change stream.
public struct MongoChange: Sendable {
    /// Goes on after this event when given to ``MongoDatabase/watch(_:resumeAfter:fullDocument:)``.
    public let resumeToken: BSONDocument
    /// The server's word: insert, update, replace, delete, drop, invalidate, …
    public let operation: String
    public let collection: String?
    public let documentID: BSONValue?
    /// The document as it is now, where the stream was asked for it or it was inserted.
    public let fullDocument: BSONDocument?
    /// Everything the server said.
    public let event: BSONDocument

    init(_ event: BSONDocument) {
        self.event = event
        resumeToken = event["_id"]?.documentValue ?? BSONDocument()
        operation = event["operationType"]?.stringValue ?? ""
        collection = event["ns"]?.documentValue?["coll"]?.stringValue
        documentID = event["documentKey"]?.documentValue?["_id"]
        fullDocument = event["fullDocument"]?.documentValue
    }
}
