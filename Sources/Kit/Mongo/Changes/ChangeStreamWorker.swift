import BSON
import CMongoC
import Foundation
import Synchronization

/// The thread behind a ``MongoChangeStream``.
final class ChangeStreamWorker: Sendable {
    private let source: MongoChangeStream
    private let output: AsyncThrowingStream<MongoChange, any Error>.Continuation
    private let isStopped = Atomic<Bool>(false)

    init(_ source: MongoChangeStream, _ output: AsyncThrowingStream<MongoChange, any Error>.Continuation) {
        self.source = source
        self.output = output
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Blocks its thread until the stream ends.
    func work() {
        var token = source.resumeAfter
        var failures = 0
        while isWanted {
            do {
                try follow(from: &token) { failures = 0 }
            } catch let error where Self.canGoOn(after: error) {
                failures += 1
                Thread.sleep(forTimeInterval: min(5, 0.1 * Double(1 << min(failures, 6))))
            } catch {
                return output.finish(throwing: error)
            }
        }
        output.finish()
    }

    private var isWanted: Bool {
        !isStopped.load(ordering: .relaxed) && !source.engine.isStopping.load(ordering: .relaxed)
    }

    /// The server or the way to it is away. A history that no longer reaches back to the token (286) is not mended by
    /// trying again.
    private static func canGoOn(after error: MongoError) -> Bool {
        if case .unavailable = error.kind { return true }
        return error.labels.contains("ResumableChangeStreamError") && error.code != 286
    }

    private func follow(from token: inout BSONDocument?, _ whenAlive: () -> Void) throws(MongoError) {
        let lease = try source.engine.pool.lease()
        let changes = try open(lease.client, from: token)
        defer { omc_watch_close(changes) }
        var view = omc_bytes()
        var failure = omc_reply()
        while isWanted {
            if omc_watch_next(changes, &view) {
                deliver(MongoChange(BSONDocument(view)))
                whenAlive()
            } else if omc_watch_failed(changes, &failure) {
                throw MongoError(taking: &failure)
            }
            if omc_watch_token(changes, &view) { token = BSONDocument(view) }
        }
    }

    /// `maxAwaitTimeMS` bounds how long a shutdown waits for this thread.
    private func open(_ client: OpaquePointer, from token: BSONDocument?) throws(MongoError) -> omc_changes {
        var options: BSONDocument = ["maxAwaitTimeMS": .int64(1000)]
        if source.fullDocument { options.append("fullDocument", "updateLookup") }
        if let token { options.append("resumeAfter", .document(token)) }
        let pipeline: BSONDocument = ["pipeline": .array(source.pipeline.map { .document($0) })]
        return try pipeline.withView { pipeline throws(MongoError) in
            try options.withView { options throws(MongoError) in
                omc_watch(client, source.database, pipeline, options)
            }
        }
    }

    /// Waits when the reader is slow, so that nothing is dropped.
    private func deliver(_ change: MongoChange) {
        while isWanted, case .dropped = output.yield(change) { Thread.sleep(forTimeInterval: 0.01) }
    }
}
