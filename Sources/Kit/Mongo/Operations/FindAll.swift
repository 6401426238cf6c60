import BSON
import CMongoC

/// A command that answers with a cursor, read to its end within the hop.
struct FindAll: MongoOperation {
    static let name = "find_all"
    let database: String
    let command: BSONDocument

    func execute(on connection: borrowing MongoConnection) throws(MongoError) -> [BSONDocument] {
        if let session = connection.session { return try read(connection.client, session) }
        var failure = omc_reply()
        guard let session = omc_session(connection.client, &failure) else { throw MongoError(taking: &failure) }
        defer { mongoc_client_session_destroy(session) }
        return try read(connection.client, session)
    }

    private func read(_ client: OpaquePointer, _ session: OpaquePointer) throws(MongoError) -> [BSONDocument] {
        let cursor = try Cursor.open(client, database, command, batchSize: 0, session)
        defer { mongoc_cursor_destroy(cursor) }
        return try Cursor.read(cursor, upTo: .max)
    }
}

/// Reading libmongoc's cursors on a database thread.
enum Cursor {
    static func open(
        _ client: OpaquePointer, _ database: String, _ command: BSONDocument, batchSize: Int32,
        _ session: OpaquePointer?
    ) throws(MongoError) -> OpaquePointer {
        var failure = omc_reply()
        let cursor = try command.withView { view throws(MongoError) in
            omc_cursor(client, database, view, batchSize, session, &failure)
        }
        guard let cursor else { throw MongoError(taking: &failure) }
        return cursor
    }

    static func read(_ cursor: OpaquePointer, upTo limit: Int) throws(MongoError) -> [BSONDocument] {
        var documents: [BSONDocument] = []
        var view = omc_bytes()
        while documents.count < limit, omc_cursor_next(cursor, &view) { documents.append(BSONDocument(view)) }
        guard documents.count < limit else { return documents }
        var failure = omc_reply()
        if omc_cursor_failed(cursor, &failure) { throw MongoError(taking: &failure) }
        return documents
    }
}
