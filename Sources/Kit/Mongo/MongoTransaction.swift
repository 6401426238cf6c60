import CMongoC

/// An open transaction, lent to the closure of ``MongoDatabase/withTransaction(deadline:_:)``.
///
/// Not `Sendable`, so that no child task can use its client at the same time. Pass it as `in:` to every call that
/// belongs to it.
public final class MongoTransaction {
    private let pinned: PinnedClient
    private var isOpen = true

    init(_ pinned: PinnedClient) { self.pinned = pinned }

    nonisolated(nonsending) func execute<Operation: MongoOperation>(
        _ operation: Operation
    ) async throws -> Operation.Output {
        guard isOpen else { throw MongoError(.invalid, "the transaction has ended") }
        try Task.checkCancellation()
        return try await pinned.run(Operation.name) { resources in
            try resources.withConnection { connection throws(MongoError) in try operation.execute(on: connection) }
        }
    }

    nonisolated(nonsending) func begin(maxCommit: Duration) async throws {
        let milliseconds = maxCommit.milliseconds
        try await pinned.run("begin") { resources in
            var reply = omc_begin(resources.session, milliseconds)
            if !reply.ok { throw MongoError(taking: &reply) }
        }
    }

    nonisolated(nonsending) func commit() async throws {
        try await pinned.run("commit") { resources in _ = try Reply.document(omc_commit(resources.session)) }
    }

    nonisolated(nonsending) func abort() async {
        _ = try? await pinned.run("abort") { resources in omc_abort(resources.session) }
    }

    nonisolated(nonsending) func end() async {
        isOpen = false
        await pinned.close()
    }
}
