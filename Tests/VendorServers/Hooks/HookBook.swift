import Foundation
import Synchronization

/// Where a vendor was told to send its news.
public final class HookBook: Sendable {
    public struct Hook: Sendable, Equatable {
        public let id: String
        public var address: String
        public var topics: [String]
        public var secret: String
        /// Headers that come with every delivery.
        public var headers: [String: String]
        public var isActive: Bool
    }

    private struct State {
        var serial = 0
        var hooks: [Hook] = []
    }

    private let state = Mutex(State())

    public init() {}

    public var all: [Hook] { state.withLock { $0.hooks } }

    /// What is sent to this address; the newest where there are several.
    public func hook(at address: String) -> Hook? { all.last { $0.address == address } }

    public func hook(_ id: String) -> Hook? { all.first { $0.id == id } }

    @discardableResult
    public func add(
        _ address: String, topics: [String], secret: String = "", headers: [String: String] = [:],
        isActive: Bool = true, id: (Int) -> String = { String($0) }
    ) -> Hook {
        state.withLock { state in
            state.serial += 1
            let hook = Hook(
                id: id(state.serial), address: address, topics: topics, secret: secret, headers: headers,
                isActive: isActive)
            state.hooks.append(hook)
            return hook
        }
    }

    /// Changes one; nil when there is none.
    @discardableResult
    public func change(_ id: String, _ body: (inout Hook) -> Void) -> Hook? {
        state.withLock { state in
            guard let index = state.hooks.firstIndex(where: { $0.id == id }) else { return nil }
            body(&state.hooks[index])
            return state.hooks[index]
        }
    }

    @discardableResult
    public func remove(_ id: String) -> Bool {
        state.withLock { state in
            let count = state.hooks.count
            state.hooks.removeAll { $0.id == id }
            return state.hooks.count < count
        }
    }

    /// What a vendor does to hooks that could not be delivered for long.
    public func deactivateAll() {
        state.withLock { for index in $0.hooks.indices { $0.hooks[index].isActive = false } }
    }
}
