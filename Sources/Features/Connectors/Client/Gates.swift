import BSON
import Foundation
import Mongo
import Synchronization
import Tenancy
import Vault

/// Breakers and buckets by connection and endpoint, the same for all processes on one database.
///
/// A process takes several calls of a budget ahead and remembers for a second that a breaker is closed, so that most
/// calls ask nobody. What it took ahead and did not use is lost to the budget, never added to it.
public final class Gates: Sendable {
    /// How long a closed breaker is believed, and how long calls taken ahead are good.
    private static let trust: TimeInterval = 1
    private static let lease: TimeInterval = 2
    private static let most = 20_000

    private struct Bucket {
        var known: GateRows<TokenBucket>.Known
        var ahead = 0.0
        var aheadUntil = Date.distantPast
    }

    private struct State {
        var breakers: [String: (known: GateRows<CircuitBreaker>.Known, at: Date)] = [:]
        var buckets: [String: Bucket] = [:]
        var replies: [String: (response: VendorResponse, until: Date)] = [:]
        var flights: [String: (number: Int, task: Task<VendorResponse, any Error>)] = [:]
        var flown = 0
    }

    private let clock: WallClock
    private let breakers: GateRows<CircuitBreaker>
    private let buckets: GateRows<TokenBucket>
    private let state = Mutex(State())

    public init(database: MongoDatabase, clock: WallClock = .system) {
        self.clock = clock
        breakers = GateRows(collection: database.collection(GateCollections.breakers.name))
        buckets = GateRows(collection: database.collection(GateCollections.buckets.name))
    }

    // MARK: Breakers

    /// Throws while the endpoint is taken to be down.
    func breaker(_ key: String, _ rule: BreakerRule) async throws {
        let now = clock.now()
        let memory = state.withLock { $0.breakers[key] }
        if let memory, memory.known.state.isClosed, now.timeIntervalSince(memory.at) < Self.trust { return }
        let present = try await breakers.read(key, fresh: CircuitBreaker())
        let refusal = try await change(key, from: present) { breaker in
            breaker.admit(rule, at: now).map { (wait: $0, cause: breaker.cause) }
        }
        if let refusal {
            throw VendorFault.leftAlone(
                because: refusal.cause ?? "vendor_down", until: now.addingTimeInterval(refusal.wait))
        }
    }

    /// - Parameter failure: the code of what went wrong; nil when the call went well
    func note(_ key: String, failure: String?, _ rule: BreakerRule) async throws {
        let memory = state.withLock { $0.breakers[key] }
        if failure == nil, let memory, memory.known.state.isFlawless { return }
        let now = clock.now()
        try await change(key, from: memory?.known) { $0.note(failure, rule, at: now) }
    }

    /// Lets one call of each endpoint of a connection through before its time, because a person asks for it.
    func ease(_ connectionID: String) async throws {
        // All keys that begin with the connection and a slash: "0" is the sign after it.
        let keys = try await breakers.collection.find(
            ["_id": ["$gte": .string(connectionID + "/"), "$lt": .string(connectionID + "0")], "state.phase": "open"])
        for key in keys.compactMap({ $0["_id"]?.stringValue }) {
            try await change(key, from: nil) { $0.ease() }
        }
    }

    /// A call that was let through and never left.
    func abandon(_ key: String) async throws {
        guard let memory = state.withLock({ $0.breakers[key] }), !memory.known.state.isClosed else { return }
        try await change(key, from: memory.known) { $0.abandon() }
    }

    @discardableResult
    private func change<Outcome: Sendable>(
        _ key: String, from known: GateRows<CircuitBreaker>.Known?, _ body: (inout CircuitBreaker) -> Outcome
    ) async throws -> Outcome {
        let now = clock.now()
        let (outcome, fresh) = try await breakers.change(
            key, known: known, fresh: CircuitBreaker(), at: now, body)
        state.withLock { state in
            if state.breakers.count >= Self.most { state.breakers.removeAll() }
            state.breakers[key] = (fresh, now)
        }
        return outcome
    }

    // MARK: Buckets

    /// Seconds to wait for one call of this budget; nil when it may go.
    func take(_ key: String, _ budget: RateBudget) async throws -> TimeInterval? {
        let now = clock.now()
        if takeAhead(key, now) { return nil }
        let (known, unused) = state.withLock { state in
            let bucket = state.buckets[key]
            state.buckets[key]?.ahead = 0
            return (bucket?.known, bucket?.ahead ?? 0)
        }
        let (grant, fresh) = try await buckets.change(
            key, known: known, fresh: TokenBucket(budget, at: now), at: now
        ) { bucket in
            if unused > 0 { bucket.giveBack(unused) }
            return bucket.take(upTo: bucket.chunk, at: now)
        }
        return state.withLock { state in
            if state.buckets.count >= Self.most { state.buckets.removeAll() }
            var ahead = 0.0
            var wait: TimeInterval?
            switch grant {
            case .calls(let calls): ahead = calls - 1
            case .wait(let seconds): wait = seconds
            }
            state.buckets[key] = Bucket(known: fresh, ahead: ahead, aheadUntil: now.addingTimeInterval(Self.lease))
            return wait
        }
    }

    private func takeAhead(_ key: String, _ now: Date) -> Bool {
        state.withLock { state in
            guard let bucket = state.buckets[key], bucket.ahead >= 1, now < bucket.aheadUntil else { return false }
            if let until = bucket.known.state.blockedUntil, now < until { return false }
            state.buckets[key]?.ahead -= 1
            return true
        }
    }

    /// What a reply told. Written down only where it changes what this process believes by a call or more.
    func note(_ key: String, _ budget: RateBudget, _ allowance: Allowance) async throws {
        let now = clock.now()
        let memory = state.withLock { state in
            if let remaining = allowance.remaining, let ahead = state.buckets[key]?.ahead, ahead > remaining {
                state.buckets[key]?.ahead = max(0, remaining.rounded(.down))
            }
            return state.buckets[key]?.known
        }
        if let memory {
            var believed = memory.state
            var told = memory.state
            believed.note(Allowance(), at: now)
            told.note(allowance, at: now)
            let isSame =
                told.learned == believed.learned && told.blockedUntil == believed.blockedUntil
                && abs(told.level - believed.level) < 1
            if isSame { return }
        }
        try await change(key, budget, from: memory, at: now) { $0.note(allowance, at: now) }
    }

    func block(_ key: String, _ budget: RateBudget, for seconds: TimeInterval) async throws {
        let now = clock.now()
        let memory = state.withLock { $0.buckets[key]?.known }
        try await change(key, budget, from: memory, at: now) { $0.block(for: seconds, at: now) }
    }

    private func change(
        _ key: String, _ budget: RateBudget, from known: GateRows<TokenBucket>.Known?, at now: Date,
        _ body: (inout TokenBucket) -> Void
    ) async throws {
        let (_, fresh) = try await buckets.change(
            key, known: known, fresh: TokenBucket(budget, at: now), at: now, body)
        state.withLock { state in
            state.buckets[key, default: Bucket(known: fresh)].known = fresh
            if fresh.state.blockedUntil != nil { state.buckets[key]?.ahead = 0 }
        }
    }

    // MARK: Replies

    /// The reply to a call, remembered for so many seconds. Equal calls that come meanwhile wait for the one under way.
    func reply(
        _ key: String, seconds: Int, _ call: @escaping @Sendable () async throws -> VendorResponse
    ) async throws -> VendorResponse {
        let now = clock.now()
        let task = state.withLock { state -> Task<VendorResponse, any Error> in
            if let entry = state.replies[key], entry.until > now { return Task { entry.response } }
            if let flight = state.flights[key] { return flight.task }
            state.flown += 1
            let number = state.flown
            let task = Task {
                do {
                    let response = try await call()
                    land(key, number, response, seconds)
                    return response
                } catch {
                    land(key, number, nil, 0)
                    throw error
                }
            }
            state.flights[key] = (number, task)
            return task
        }
        return try await task.value
    }

    /// Remembers the reply, unless something has happened meanwhile that makes it worthless.
    private func land(_ key: String, _ number: Int, _ response: VendorResponse?, _ seconds: Int) {
        let now = clock.now()
        state.withLock { state in
            guard state.flights[key]?.number == number else { return }
            state.flights[key] = nil
            guard let response else { return }
            if state.replies.count > 500 { state.replies = state.replies.filter { $0.value.until > now } }
            if state.replies.count > 500 { state.replies.removeAll() }
            state.replies[key] = (response, now.addingTimeInterval(Double(seconds)))
        }
    }

    /// A write or a webhook makes remembered replies of a connection worthless, also those that are on their way.
    func forget(_ connectionID: String) {
        state.withLock { state in
            state.replies = state.replies.filter { !$0.key.hasPrefix(connectionID + "/") }
            state.flights = state.flights.filter { !$0.key.hasPrefix(connectionID + "/") }
        }
    }
}
