extension MongoDatabase {
    /// Runs the body in a transaction: snapshot reads, majority commit, all or nothing.
    ///
    /// On a transient error (another transaction was first, the primary changed) the whole body runs again, until
    /// `deadline` has passed; so the body must have no effects outside the database. Cancellation aborts.
    public nonisolated(nonsending) func withTransaction<Output: Sendable>(
        deadline: Duration = .seconds(20),
        _ body: nonisolated(nonsending) (MongoTransaction) async throws -> Output
    ) async throws -> Output {
        let end = ContinuousClock.now + deadline
        let pinned = try await PinnedClient.open(engine, engine.transactionPins)
        let transaction = MongoTransaction(pinned)
        do {
            let output = try await attempts(transaction, until: end, body)
            await transaction.end()
            return output
        } catch {
            await transaction.end()
            throw error
        }
    }

    private nonisolated(nonsending) func attempts<Output: Sendable>(
        _ transaction: MongoTransaction, until end: ContinuousClock.Instant,
        _ body: nonisolated(nonsending) (MongoTransaction) async throws -> Output
    ) async throws -> Output {
        var attempt = 0
        while true {
            do {
                try Task.checkCancellation()
                try await transaction.begin(maxCommit: engine.configuration.operationTimeout)
                let output = try await body(transaction)
                try await commit(transaction, until: end)
                return output
            } catch {
                await transaction.abort()
                guard (error as? MongoError)?.isTransientTransaction == true, ContinuousClock.now < end else {
                    throw error
                }
                attempt += 1
                try await Self.pause(attempt)
            }
        }
    }

    private nonisolated(nonsending) func commit(
        _ transaction: MongoTransaction, until end: ContinuousClock.Instant
    ) async throws {
        var attempt = 0
        while true {
            do {
                return try await transaction.commit()
            } catch let error as MongoError where error.isUnknownCommit && ContinuousClock.now < end {
                attempt += 1
                try await Self.pause(attempt)
            }
        }
    }

    /// 5 ms, doubling to 320 ms, with jitter, so that rivals do not meet again at once.
    private nonisolated(nonsending) static func pause(_ attempt: Int) async throws {
        let longest = 5.0 * Double(1 << min(attempt, 6))
        try await Task.sleep(for: .milliseconds(Int(Double.random(in: longest / 2...longest))))
    }
}
