import ServiceLifecycle
import Synchronization

/// One reader's place in the hub.
public struct EventSubscription: Sendable {
    let id: Int
    /// The events, bounded: a reader who is too slow loses the oldest and gets one `reset`.
    public let events: AsyncStream<ServerEvent>
}

/// Fans events out to open streams within this process. Topics are names the caller makes from a scope, for instance
/// `org_…/jobs`. The last events are kept for readers who reconnect.
public final class EventHub: Service, Sendable {
    /// How much the hub holds.
    public struct Limits: Sendable {
        /// Events waiting for one reader.
        public var buffer: Int
        /// Events kept for reconnecting readers.
        public var history: Int
        /// Streams per key.
        public var perKey: Int
        /// Streams in all.
        public var total: Int

        public init(buffer: Int = 64, history: Int = 1000, perKey: Int = 6, total: Int = 5000) {
            self.buffer = buffer
            self.history = history
            self.perKey = perKey
            self.total = total
        }
    }

    private struct Reader {
        let topics: Set<String>
        let key: String
        let continuation: AsyncStream<ServerEvent>.Continuation
        var mustReset = false
    }

    private struct State {
        var readers: [Int: Reader] = [:]
        var counts: [String: Int] = [:]
        var history: [(number: UInt64, topic: String, event: ServerEvent)] = []
        var nextReader = 1
        var nextEvent: UInt64 = 1
        var isClosed = false
    }

    public let limits: Limits
    /// Tells ids of this process from those of an earlier one.
    private let epoch: String
    private let state = Mutex(State())

    public init(limits: Limits = Limits(), epoch: String? = nil) {
        self.limits = limits
        self.epoch = epoch ?? String(UInt32.random(in: 0...UInt32.max), radix: 36)
    }

    /// The number of open streams.
    public var readerCount: Int { state.withLock { $0.readers.count } }

    /// Opens a place. What was missed since `lastEventID` comes first; if that is no longer known, a `reset`.
    /// - Throws: 429 if the key holds too many streams, 503 if the hub is full or closed
    public func subscribe(topics: Set<String>, key: String, lastEventID: String? = nil) throws -> EventSubscription {
        try state.withLock { state in
            guard !state.isClosed, state.readers.count < limits.total else { throw Problem.unavailable() }
            guard state.counts[key, default: 0] < limits.perKey else { throw Problem.tooManyRequests(retryAfter: 30) }
            let (events, continuation) = AsyncStream.makeStream(
                of: ServerEvent.self, bufferingPolicy: .bufferingNewest(limits.buffer))
            let id = state.nextReader
            state.nextReader += 1
            state.counts[key, default: 0] += 1
            for event in missed(topics, since: lastEventID, in: state) { continuation.yield(event) }
            state.readers[id] = Reader(topics: topics, key: key, continuation: continuation)
            return EventSubscription(id: id, events: events)
        }
    }

    private func missed(_ topics: Set<String>, since lastEventID: String?, in state: State) -> [ServerEvent] {
        guard let lastEventID, !lastEventID.isEmpty else { return [] }
        let parts = lastEventID.split(separator: "-")
        guard parts.count == 2, parts[0] == epoch, let number = UInt64(parts[1]), number < state.nextEvent else {
            return [.reset]
        }
        let oldest = state.history.first?.number ?? state.nextEvent
        guard number + 1 >= oldest else { return [.reset] }
        let events = state.history.filter { $0.number > number && topics.contains($0.topic) }.map(\.event)
        return events.count > limits.buffer ? [.reset] : events
    }

    /// Gives a place back.
    func unsubscribe(_ id: Int) {
        let continuation = state.withLock { state -> AsyncStream<ServerEvent>.Continuation? in
            guard let reader = state.readers.removeValue(forKey: id) else { return nil }
            let left = state.counts[reader.key, default: 1] - 1
            state.counts[reader.key] = left > 0 ? left : nil
            return reader.continuation
        }
        continuation?.finish()
    }

    /// Sends an event to every reader of a topic.
    public func publish(_ topic: String, event: String? = nil, data: String) {
        state.withLock { state in
            guard !state.isClosed else { return }
            let number = state.nextEvent
            state.nextEvent += 1
            let message = ServerEvent(id: "\(epoch)-\(number)", event: event, data: data)
            state.history.append((number, topic, message))
            // Trimmed in steps, so that not every event moves the whole array.
            if state.history.count > limits.history + limits.history / 4 + 1 {
                state.history.removeFirst(state.history.count - limits.history)
            }
            for (id, reader) in state.readers where reader.topics.contains(topic) {
                deliver(message, to: reader, id, in: &state)
            }
        }
    }

    private func deliver(_ message: ServerEvent, to reader: Reader, _ id: Int, in state: inout State) {
        let outcome = reader.continuation.yield(message)
        guard case .dropped(let lost) = outcome else {
            state.readers[id]?.mustReset = false
            return
        }
        // One reset per slow spell: it becomes the newest event, and reading it reloads the page. If even that was
        // pushed out, it is sent again.
        guard state.readers[id]?.mustReset == false || lost == .reset else { return }
        state.readers[id]?.mustReset = true
        reader.continuation.yield(.reset)
    }

    /// Ends all streams; further ones are refused.
    public func close() {
        let continuations = state.withLock { state -> [AsyncStream<ServerEvent>.Continuation] in
            state.isClosed = true
            defer {
                state.readers = [:]
                state.counts = [:]
            }
            return state.readers.values.map(\.continuation)
        }
        for continuation in continuations { continuation.finish() }
    }

    /// Waits for shutdown and then ends all streams.
    public func run() async throws {
        try? await gracefulShutdown()
        close()
    }
}
