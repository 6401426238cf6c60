/// Who may call a route. Every route says it; there is no default.
public enum RouteAccess: Sendable, Hashable, CustomStringConvertible {
    /// Anyone, signed in or not.
    case open
    /// Any signed-in person or valid token.
    case signedIn
    /// A role or key with this permission, for instance `eyes:view`.
    case needs(String)

    public var description: String {
        switch self {
        case .open: "open"
        case .signedIn: "signed in"
        case .needs(let permission): permission
        }
    }

    /// The permission's name, if one is needed.
    public var permission: String? {
        if case .needs(let permission) = self { permission } else { nil }
    }
}

/// How much body a route takes.
public enum BodyLimit: Sendable, Hashable {
    /// At most 1 MB, checked before the handler runs.
    case standard
    /// At most this many bytes.
    case bytes(Int)
    /// The handler reads the stream itself and enforces its own limit, for instance an import.
    case streaming

    /// The limit of ordinary requests, in bytes.
    public static let standardBytes = 1_048_576

    /// The limit in bytes, nil for streams.
    public var maximum: Int? {
        switch self {
        case .standard: BodyLimit.standardBytes
        case .bytes(let count): count
        case .streaming: nil
        }
    }
}
