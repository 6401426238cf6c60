import BSON
import CMongoC

/// A result read in batches: one hop per batch, the next only when asked for or, reading ahead, once one has come: the
/// server then makes a batch while the one before is worked on.
///
/// Holds a connection from the first batch to the last. Leaving the loop early gives it back.
public struct MongoBatches: AsyncSequence, Sendable {
    public typealias Element = [BSONDocument]

    let engine: MongoEngine
    let database: String
    let command: BSONDocument
    let batchSize: Int
    var readsAhead = false

    public func makeAsyncIterator() -> Iterator { Iterator(batches: self) }

    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private typealias Portion = (documents: [BSONDocument], isLast: Bool)

        let batches: MongoBatches
        private var pinned: PinnedClient?
        /// On its way already.
        private var coming: Task<Portion, any Error>?
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

        private mutating func read() async throws -> Portion {
            let pinned = try await open()
            let portion = if let coming { try await coming.value } else { try await batches.read(pinned) }
            let goesOn = batches.readsAhead && !portion.isLast
            coming = goesOn ? Task { [batches] in try await batches.read(pinned) } : nil
            return portion
        }

        private mutating func open() async throws -> PinnedClient {
            if let pinned { return pinned }
            let fresh = try await PinnedClient.open(batches.engine, batches.engine.cursorPins)
            pinned = fresh
            return fresh
        }

        /// Hops come one after the other: one under way is waited for.
        private mutating func finish() async {
            isFinished = true
            _ = await coming?.result
            coming = nil
            let open = pinned
            pinned = nil
            await open?.close()
        }
    }

    private func read(_ pinned: PinnedClient) async throws -> (documents: [BSONDocument], isLast: Bool) {
        try await pinned.run("batch") { resources in
            let cursor = try resources.cursor(database, command, batchSize: batchSize)
            let documents = try Cursor.read(cursor, upTo: batchSize)
            return (documents, documents.count < batchSize || !mongoc_cursor_more(cursor))
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
