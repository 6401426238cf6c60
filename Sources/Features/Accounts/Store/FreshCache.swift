import Foundation
import Synchronization

/// A small in-process memory of things that must never be older than `hardAge` seconds.
///
/// Past `softAge` one caller reads anew while the others still use what is there, so that a busy key costs one
/// round trip per age instead of a stampede. `invalidate` is immediate; a read that was under way when something was
/// invalidated is not kept.
final class FreshCache<Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        var readAt: Date
        var refreshing: Bool
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var generation: UInt64 = 0
    }

    private let state = Mutex(State())
    private let softAge: TimeInterval
    private let hardAge: TimeInterval
    private let capacity: Int

    init(hardAge: TimeInterval, capacity: Int = 20_000) {
        self.hardAge = hardAge
        self.softAge = hardAge / 2
        self.capacity = capacity
    }

    /// The value for `key`, from memory or by `load`; what `load` finds missing is not remembered.
    func value(for key: String, at now: Date, load: () async throws -> Value?) async throws -> Value? {
        let (found, generation) = lookUp(key, at: now)
        if let found { return found }
        do {
            let loaded = try await load()
            keep(loaded, for: key, at: now, generation: generation)
            return loaded
        } catch {
            state.withLock { $0.entries[key]?.refreshing = false }
            throw error
        }
    }

    func invalidate(_ key: String) {
        state.withLock {
            $0.entries[key] = nil
            $0.generation &+= 1
        }
    }

    func invalidate(_ matches: (Value) -> Bool) {
        state.withLock { state in
            state.entries = state.entries.filter { !matches($0.value.value) }
            state.generation &+= 1
        }
    }

    private func lookUp(_ key: String, at now: Date) -> (Value?, UInt64) {
        state.withLock { state in
            guard let entry = state.entries[key] else { return (nil, state.generation) }
            let age = now.timeIntervalSince(entry.readAt)
            if age >= hardAge || age < 0 { return (nil, state.generation) }
            if age >= softAge, !entry.refreshing {
                state.entries[key]?.refreshing = true
                return (nil, state.generation)
            }
            return (entry.value, state.generation)
        }
    }

    private func keep(_ value: Value?, for key: String, at now: Date, generation: UInt64) {
        state.withLock { state in
            guard let value else {
                state.entries[key] = nil
                return
            }
            guard state.generation == generation else {
                state.entries[key] = nil
                return
            }
            if state.entries.count >= capacity { makeRoom(&state, at: now) }
            state.entries[key] = Entry(value: value, readAt: now, refreshing: false)
        }
    }

    private func makeRoom(_ state: inout State, at now: Date) {
        state.entries = state.entries.filter { now.timeIntervalSince($0.value.readAt) < hardAge }
        if state.entries.count >= capacity { state.entries.removeAll(keepingCapacity: true) }
    }
}
