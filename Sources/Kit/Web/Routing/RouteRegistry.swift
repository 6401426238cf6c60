import HTTPTypes
import Synchronization

/// Every route that was mounted. Filled while the router is built, read by the 405 answer, the OpenAPI document,
/// `omnify routes` and the tests that walk all routes.
public final class RouteRegistry: Sendable {
    private let state = Mutex<[RouteDescription]>([])

    public init() {}

    /// Adds a route; called by `mount`.
    public func add(_ route: RouteDescription) {
        state.withLock { $0.append(route) }
    }

    /// All routes, sorted by path and method so that the text is stable.
    public var routes: [RouteDescription] {
        state.withLock { $0 }.sorted { ($0.path, $0.method.rawValue) < ($1.path, $1.method.rawValue) }
    }

    /// The methods that would work for a path; empty if the path is unknown. Only the patterns count that name most of
    /// it: `audit/export` is no entry of `audit/{id}`.
    public func methods(for path: String) -> [HTTPRequest.Method] {
        let matching = state.withLock { $0 }.compactMap { route -> (method: HTTPRequest.Method, fixed: Int)? in
            let pattern = RoutePattern(route.path)
            return pattern.matches(path) ? (route.method, pattern.fixedSegments) : nil
        }
        let most = matching.map(\.fixed).max()
        var found: [HTTPRequest.Method] = []
        for route in matching where route.fixed == most && !found.contains(route.method) { found.append(route.method) }
        if found.contains(.get), !found.contains(.head) { found.append(.head) }
        return found.sorted { $0.rawValue < $1.rawValue }
    }

    /// One line per route: method, path, access, kind, name. Committed as a snapshot, so that a new open route
    /// shows in the diff.
    public var text: String {
        routes.map { route in
            let method = route.method.rawValue.padded(to: 6)
            let path = route.path.padded(to: 52)
            let access = route.access.description.padded(to: 24)
            return "\(method) \(path) \(access) \(route.kind.rawValue.padded(to: 4)) \(route.name)"
        }
        .joined(separator: "\n") + "\n"
    }
}

extension String {
    /// The text followed by spaces up to a width.
    func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
