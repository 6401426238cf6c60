import CMongoC
import NIOPosix

/// A client with its session, kept by one cursor or one transaction over several hops.
///
/// When the owner drops it without ``close()``, the resources are given back on a database thread.
final class PinnedClient: Sendable {
    let engine: MongoEngine
    private let gate: PinGate
    let resources: PinnedResources

    private init(engine: MongoEngine, gate: PinGate, resources: PinnedResources) {
        self.engine = engine
        self.gate = gate
        self.resources = resources
    }

    deinit {
        guard !resources.isClosed else { return gate.release() }
        engine.threads.submit { [resources, gate, engine] _ in
            resources.close()
            gate.release()
            _ = engine  // keeps the pool until the client is back
        }
    }

    nonisolated(nonsending) static func open(_ engine: MongoEngine, _ gate: PinGate) async throws -> PinnedClient {
        try await gate.acquire()
        do {
            let resources = try await engine.run("session", isAbandonable: false) { [engine] in
                try PinnedResources(engine.pool.lease())
            }
            return PinnedClient(engine: engine, gate: gate, resources: resources)
        } catch {
            gate.release()
            throw error
        }
    }

    /// One hop on this client. Hops come one after the other: each is waited for, also under cancellation.
    nonisolated(nonsending) func run<Output: Sendable>(
        _ name: String, _ body: @escaping @Sendable (PinnedResources) throws -> Output
    ) async throws -> Output {
        try await engine.run(name, isAbandonable: false) { [resources] in try body(resources) }
    }

    /// Gives session and client back.
    nonisolated(nonsending) func close() async {
        _ = try? await run("session") { $0.close() }
    }
}

/// The pointers of a pinned client.
///
/// `@unchecked Sendable`: only touched inside hops of its ``PinnedClient``, which come strictly one after the other,
/// and at last by that client's `deinit`.
final class PinnedResources: @unchecked Sendable {
    private var lease: ClientLease?
    private(set) var session: OpaquePointer?
    private(set) var cursor: OpaquePointer?
    private(set) var isClosed = false
    private let client: OpaquePointer

    init(_ lease: consuming ClientLease) throws(MongoError) {
        client = lease.client
        var failure = omc_reply()
        guard let session = omc_session(client, &failure) else { throw MongoError(taking: &failure) }
        self.session = session
        self.lease = consume lease
    }

    deinit { close() }

    func withConnection<Output>(
        _ body: (borrowing MongoConnection) throws(MongoError) -> Output
    ) throws(MongoError) -> Output {
        guard !isClosed else { throw MongoError(.invalid, "the transaction or cursor has ended") }
        return try body(MongoConnection(client: client, session: session))
    }

    func keep(cursor: OpaquePointer) { self.cursor = cursor }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        if let cursor { mongoc_cursor_destroy(cursor) }
        if let session { mongoc_client_session_destroy(session) }
        cursor = nil
        session = nil
        lease = nil
    }
}
