import Foundation

/// What opens an account. Stored sealed only; never logged, shown, exported or put into a job.
public struct Credentials: Codable, Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// The secret fields a person filled in, by name.
    public var secrets: [String: String]
    public var accessToken: String?
    public var refreshToken: String?
    public var expiresAt: Date?
    public var refreshExpiresAt: Date?
    public var scopes: [String]
    /// Counts refreshes, so that of two workers the later one sees that it was done.
    public var generation: Int
    /// What the token reply tells about the account besides, and is no secret: ``OAuth2/fieldPaths``.
    public var fields: [String: String]?

    public init(
        secrets: [String: String] = [:], accessToken: String? = nil, refreshToken: String? = nil,
        expiresAt: Date? = nil, refreshExpiresAt: Date? = nil, scopes: [String] = [], generation: Int = 0
    ) {
        self.secrets = secrets
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.expiresAt = expiresAt
        self.refreshExpiresAt = refreshExpiresAt
        self.scopes = scopes
        self.generation = generation
    }

    public var description: String { "Credentials(***)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
