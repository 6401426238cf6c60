import BSON
import Foundation

/// What happens in a database, as it happens, over a thread and a connection of its own.
///
/// One per process, on one collection of events, fanned out in memory; never one per browser. Survives the loss of the
/// server: it goes on behind the last event. Ends when its iterator goes away, at shutdown, or with an error that
/// going on cannot mend.
public struct MongoChangeStream: AsyncSequence, Sendable {
    public typealias Element = MongoChange

    let engine: MongoEngine
    let database: String
    let pipeline: [BSONDocument]
    let resumeAfter: BSONDocument?
    let fullDocument: Bool

    public func makeAsyncIterator() -> AsyncThrowingStream<MongoChange, any Error>.Iterator {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: MongoChange.self, bufferingPolicy: .bufferingOldest(256))
        let worker = ChangeStreamWorker(self, continuation)
        continuation.onTermination = { _ in worker.stop() }
        let thread = Thread { worker.work() }
        thread.name = "mongo-changes"
        thread.start()
        return stream.makeAsyncIterator()
    }
}

extension MongoDatabase {
    /// Events of all collections that match the pipeline, from now or behind a resume token of the same pipeline.
    public func watch(
        _ pipeline: [BSONDocument] = [], resumeAfter: BSONDocument? = nil, fullDocument: Bool = false
    ) -> MongoChangeStream {
        MongoChangeStream(
            engine: engine, database: name, pipeline: pipeline, resumeAfter: resumeAfter, fullDocument: fullDocument)
    }
}
