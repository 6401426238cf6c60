import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import ServiceLifecycle
import Telemetry

extension Response {
    /// A stream of server-sent events that lasts until the closure returns, the client goes, the check fails, or the
    /// server shuts down.
    /// - Parameters:
    ///   - heartbeat: a comment line this often keeps proxies from cutting an idle stream
    ///   - recheck: how often `check` is asked
    ///   - check: still allowed? For instance: does the session still exist. A stream outlives the request whose rights
    ///     were checked, so only streams that anyone may read can do without
    ///   - body: sends the events
    public static func events(
        _ request: Request, heartbeat: Duration = .seconds(15), recheck: Duration = .seconds(1),
        check: (@Sendable () async -> Bool)? = nil,
        _ body: @escaping @Sendable (EventSink) async throws -> Void
    ) -> Response {
        let stream = EventStream(heartbeat: heartbeat, recheck: recheck, check: check, produce: body)
        return Response(
            status: .ok, headers: EventStream.headers,
            body: ResponseBody { writer in
                try await stream.run(request, &writer)
            })
    }

    /// The same for a reader who may hold only so many streams: the person of the request, or the address.
    /// - Throws: 429 if the reader holds too many already
    public static func events(
        _ request: Request, for context: some WebContext, gate: StreamGate = .shared,
        heartbeat: Duration = .seconds(15), recheck: Duration = .seconds(1),
        check: (@Sendable () async -> Bool)? = nil, _ body: @escaping @Sendable (EventSink) async throws -> Void
    ) throws -> Response {
        let lease = try gate.enter(context.notes.values.userID ?? context.clientAddress)
        return events(request, heartbeat: heartbeat, recheck: recheck, check: check) { sink in
            defer { lease.end() }
            try await body(sink)
        }
    }

    /// A stream of a hub's topics.
    /// - Parameters:
    ///   - key: whose stream it is; each key may hold `hub.limits.perKey` streams, more are answered with 429
    public static func events(
        _ request: Request, hub: EventHub, topics: Set<String>, key: String, heartbeat: Duration = .seconds(15),
        check: (@Sendable () async -> Bool)? = nil
    ) throws -> Response {
        let lastEventID = request.headers[.lastEventID] ?? Query(request)["last_event_id"]
        let subscription = try hub.subscribe(topics: topics, key: key, lastEventID: lastEventID)
        // Dropped with the response if that is never written, so a place is never lost.
        let lease = SubscriptionLease(subscription, hub)
        return events(request, heartbeat: heartbeat, check: check) { sink in
            defer { lease.end() }
            for await event in lease.subscription.events { try await sink.send(event) }
        }
    }
}

/// Gives a subscription's place back when the stream ends, however it ends.
private final class SubscriptionLease: Sendable {
    let subscription: EventSubscription
    private let hub: EventHub

    init(_ subscription: EventSubscription, _ hub: EventHub) {
        self.subscription = subscription
        self.hub = hub
    }

    func end() { hub.unsubscribe(subscription.id) }

    deinit { hub.unsubscribe(subscription.id) }
}

/// One running stream: a producer task, a clock for heartbeats, and this task, which alone writes.
struct EventStream: Sendable {
    static let headers: HTTPFields = [
        .contentType: "text/event-stream; charset=utf-8",
        .cacheControl: "no-store",
        .xAccelBuffering: "no",
    ]

    let heartbeat: Duration
    let recheck: Duration
    let check: (@Sendable () async -> Bool)?
    let produce: @Sendable (EventSink) async throws -> Void

    /// What the writing task is handed: a frame to write, with a way to tell the producer that it was taken.
    private struct Item: Sendable {
        let frame: ByteBuffer
        let taken: CheckedContinuation<Void, Never>?
    }

    private static let clients = MetricsRegistry.shared.gauge("stream_clients", help: "Open event streams.")

    func run(_ request: Request, _ writer: inout any ResponseBodyWriter) async throws {
        EventStream.clients.increment()
        defer { EventStream.clients.decrement() }
        let (items, continuation) = AsyncStream.makeStream(of: Item.self)
        try await writer.write(ByteBuffer(string: "retry: 3000\n\n"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await runProducer(continuation) }
            group.addTask { await runHeartbeat(continuation) }
            if let check { group.addTask { await runChecks(check, continuation) } }
            try await withGracefulShutdownHandler {
                guard EventStream.isConnection(request.body) else { return try await write(items, to: &writer) }
                try await request.body.consumeWithInboundCloseHandler { _ in
                    try await write(items, to: &writer)
                } onInboundClosed: {
                    continuation.finish()
                }
            } onGracefulShutdown: {
                continuation.finish()
            }
            continuation.finish()
            group.cancelAll()
            // What is left in the queue would otherwise leave its sender waiting.
            for await item in items { item.taken?.resume() }
        }
        try await writer.finish(nil)
    }

    private func write(_ items: AsyncStream<Item>, to writer: inout any ResponseBodyWriter) async throws {
        for await item in items {
            defer { item.taken?.resume() }
            try await writer.write(item.frame)
        }
    }

    /// True if the body is the connection itself, which alone can be watched for its end. A body that a middleware or
    /// a test client replaced cannot, and asking it would stop the process. Hummingbird keeps the difference to
    /// itself, so it is read off its mirror, once per stream; a wrong answer only means that a client's leaving is
    /// noticed at the next heartbeat.
    private static func isConnection(_ body: RequestBody) -> Bool {
        guard let backing = Mirror(reflecting: body).children.first?.value else { return false }
        return Mirror(reflecting: backing).children.first?.label == "nioAsyncChannelRequestBody"
    }

    private func runProducer(_ continuation: AsyncStream<Item>.Continuation) async {
        let sink = EventSink { event in
            try Task.checkCancellation()
            await withCheckedContinuation { taken in
                let result = continuation.yield(Item(frame: event.frame, taken: taken))
                if case .enqueued = result { return }
                taken.resume()
            }
            try Task.checkCancellation()
        }
        // The producer's own errors end the stream; the client reconnects and meets them in a fresh request.
        try? await produce(sink)
        continuation.finish()
    }

    private func runHeartbeat(_ continuation: AsyncStream<Item>.Continuation) async {
        let beat = ByteBuffer(string: ": \n\n")
        while (try? await Task.sleep(for: heartbeat)) != nil {
            continuation.yield(Item(frame: beat, taken: nil))
        }
    }

    private func runChecks(
        _ check: @Sendable () async -> Bool, _ continuation: AsyncStream<Item>.Continuation
    ) async {
        while (try? await Task.sleep(for: recheck)) != nil {
            guard await check() else { return continuation.finish() }
        }
    }
}
