import Foundation

/// Lives of the API's tokens (01 §4), in seconds.
public struct TokenRules: Sendable, Equatable {
    public var access: TimeInterval
    public var refresh: TimeInterval
    public var refreshAbsolute: TimeInterval
    public var issuer: String
    public var audience: String

    public static let standard = TokenRules(
        access: 15 * 60, refresh: 7 * 86_400, refreshAbsolute: 30 * 86_400, issuer: "https://omnify.local",
        audience: "omnify-api")

    public init(
        access: TimeInterval, refresh: TimeInterval, refreshAbsolute: TimeInterval, issuer: String, audience: String
    ) {
        self.access = access
        self.refresh = refresh
        self.refreshAbsolute = refreshAbsolute
        self.issuer = issuer
        self.audience = audience
    }

    /// A refresh token slides by a week at each use, but never past thirty days from the login.
    public func refreshExpiry(now: Date, loggedInAt: Date) -> Date {
        min(now.addingTimeInterval(refresh), loggedInAt.addingTimeInterval(refreshAbsolute))
    }
}
