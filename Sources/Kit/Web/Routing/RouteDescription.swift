import HTTPTypes

/// One mounted route as data: for `omnify routes`, the committed snapshot, OpenAPI and the two-tenant harness.
public struct RouteDescription: Sendable {
    /// Pages answer browsers, API routes answer programs.
    public enum Kind: String, Sendable { case page, api }

    public let kind: Kind
    public let method: HTTPRequest.Method
    /// Full pattern with prefix, for instance `/o/{slug}/eyes`.
    public let path: String
    public let access: RouteAccess
    public let name: String
    /// What the documentation of an API route is made from; nil for pages.
    public let operation: APIOperation?

    public init(
        kind: Kind, method: HTTPRequest.Method, path: String, access: RouteAccess, name: String,
        operation: APIOperation? = nil
    ) {
        self.kind = kind
        self.method = method
        self.path = path
        self.access = access
        self.name = name
        self.operation = operation
    }

    /// Names of the path's parameters, in order.
    public var pathParameters: [String] { RoutePattern(path).parameters }

    /// The path with each `{name}` replaced by `value(name)`, percent-encoded as one segment.
    public func path(filling value: (String) -> String) -> String {
        RoutePattern(path).filled(value)
    }
}

/// A path pattern split at its slashes: fixed segments and `{parameters}`.
struct RoutePattern: Sendable, Hashable {
    enum Segment: Sendable, Hashable { case fixed(String), parameter(String), rest }

    let segments: [Segment]

    init(_ pattern: String) {
        segments = pattern.split(separator: "/", omittingEmptySubsequences: true).map { part in
            if part == "**" { return .rest }
            if part.hasPrefix("{"), part.hasSuffix("}") { return .parameter(String(part.dropFirst().dropLast())) }
            return .fixed(String(part))
        }
    }

    var parameters: [String] {
        segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }

    var fixedSegments: Int { segments.count { if case .fixed = $0 { true } else { false } } }

    func filled(_ value: (String) -> String) -> String {
        let parts = segments.map { segment -> String in
            switch segment {
            case .fixed(let text): text
            case .parameter(let name): PercentCoding.encode(value(name))
            case .rest: ""
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    func matches(_ path: some StringProtocol) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        for (index, segment) in segments.enumerated() {
            if segment == .rest { return true }
            guard index < parts.count else { return false }
            if case .fixed(let text) = segment, text != parts[index] { return false }
        }
        return parts.count == segments.count
    }
}
