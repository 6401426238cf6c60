import BSON
import CMongoC

/// A result read in batches: one hop per batch, the next only when asked for.
///
/// Holds a connection from the first batch to the last. Leaving the loop early gives it back.
public struct MongoBatches: AsyncSequence, Sendable {
    public typealias Element = [BSONDocument]

    let engine: MongoEngine
    let database: String
    let command: BSONDocument
    let batchSize: Int

    public func makeAsyncIterator() -> Iterator { Iterator(batches: self) }

    public struct Iterator: AsyncIteratorProtocol {
        let batches: MongoBatches
        private var pinned: PinnedClient?
        private var isFinished = false

        init(batches: MongoBatches) { self.batches = batches }

        public mutating func next() async throws -> [BSONDocument]? {
            if isFinished { return nil }
            do {
                try Task.checkCancellation()
                let batch = try await read()
                if batch.isLast { await finish() }
                return batch.documents.isEmpty ? nil : batch.documents
            } catch {
                await finish()
                throw error
            }
        }

        private mutating func read() async throws -> (documents: [BSONDocument], isLast: Bool) {
            let (database, command, size) = (batches.database, batches.command, batches.batchSize)
            let pinned: PinnedClient
            if let open = self.pinned {
                pinned = open
            } else {
                pinned = try await PinnedClient.open(batches.engine, batches.engine.cursorPins)
                self.pinned = pinned
            }
            return try await pinned.run("batch") { resources in
                let cursor = try resources.cursor(database, command, batchSize: size)
                let documents = try Cursor.read(cursor, upTo: size)
                return (documents, documents.count < size || !mongoc_cursor_more(cursor))
            }
        }

        private mutating func finish() async {
            isFinished = true
            let open = pinned
            pinned = nil
            await open?.close()
        }
    }
}

extension PinnedResources {
    /// The open cursor, or a new one for this command.
    func cursor(_ database: String, _ command: BSONDocument, batchSize: Int) throws(MongoError) -> OpaquePointer {
        if let cursor { return cursor }
        let fresh = try withConnection { connection throws(MongoError) in
            try Cursor.open(
                connection.client, database, command, batchSize: Int32(clamping: batchSize), connection.session)
        }
        keep(cursor: fresh)
        return fresh
    }
}
