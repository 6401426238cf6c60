import Foundation
import Synchronization
import Web

/// What was changed at one vendor through its API: laid over the company's rows, so that reads show it.
public final class WriteBook: Sendable {
    private struct State {
        var edits: [String: [(path: String, value: JSONValue)]] = [:]
        var members: [String: Set<String>] = [:]
        var replies: [String: VendorReply] = [:]
        var writes = 0
    }

    /// Where news are to be sent.
    public let hooks = HookBook()
    private let state = Mutex(State())

    public init() {}

    /// How many changes were made; a repeated call that the vendor knows is none.
    public var writes: Int { state.withLock { $0.writes } }

    // MARK: Objects

    /// Sets a value of an object by its dotted path.
    public func edit(_ object: String, _ path: String, _ value: JSONValue) {
        state.withLock { state in
            state.writes += 1
            state.edits[object, default: []].removeAll { $0.path == path }
            state.edits[object, default: []].append((path, value))
        }
    }

    public func value(_ object: String, _ path: String) -> JSONValue? {
        state.withLock { $0.edits[object]?.last { $0.path == path }?.value }
    }

    /// A row with everything that was changed of it.
    public func patched(_ object: String, _ row: JSONValue) -> JSONValue {
        let edits = state.withLock { $0.edits[object] } ?? []
        return edits.reduce(row) { Self.putting($1.value, $1.path.split(separator: ".")[...], into: $0) }
    }

    private static func putting(_ value: JSONValue, _ path: ArraySlice<Substring>, into row: JSONValue) -> JSONValue {
        guard let name = path.first.map(String.init) else { return value }
        var members: [JSONValue.Member] = []
        if case .object(let present) = row { members = present }
        let inner = members.first { $0.name == name }?.value ?? .object([])
        let new = path.count == 1 ? value : putting(value, path.dropFirst(), into: inner)
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index] = .init(name, new)
        } else {
            members.append(.init(name, new))
        }
        return .object(members)
    }

    // MARK: Sets

    public func add(_ members: [String], to name: String) {
        state.withLock { state in
            state.writes += 1
            state.members[name, default: []].formUnion(members)
        }
    }

    public func remove(_ members: [String], from name: String) {
        state.withLock { state in
            state.writes += 1
            state.members[name, default: []].subtract(members)
        }
    }

    public func members(of name: String) -> [String] { state.withLock { ($0.members[name] ?? []).sorted() } }

    public func has(_ member: String, in name: String) -> Bool {
        state.withLock { $0.members[name]?.contains(member) ?? false }
    }

    // MARK: Repeated calls

    /// Answers a call with a key that was used before as it was answered then.
    public func once(_ key: String, _ body: () throws -> VendorReply) rethrows -> VendorReply {
        if let reply = state.withLock({ $0.replies[key] }) { return reply }
        let reply = try body()
        state.withLock { $0.replies[key] = reply }
        return reply
    }
}
