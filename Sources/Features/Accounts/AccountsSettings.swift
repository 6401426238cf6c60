import Foundation

/// What the composition root decides for this feature.
public struct AccountsSettings: Sendable {
    public enum RegistrationMode: String, Sendable {
        /// Anybody may make an account and an organization.
        case instant
        /// Only invited people may join.
        case inviteOnly
    }

    public var registration: RegistrationMode
    public var sessions: SessionRules
    public var tokens: TokenRules
    /// Sign-in, sign-up, refresh and invitation tries per address of the sender and per account.
    public var triesPerMinute: Int
    public var triesPerHour: Int
    /// A refused sign-in answers at the next multiple of this many seconds, so that what happened inside cannot be
    /// told from the time it took.
    public var refusalStep: TimeInterval
    /// The product's own address, without a slash at the end; begins invitation links.
    public var publicURL: String

    public init(
        registration: RegistrationMode = .instant, sessions: SessionRules = .standard, tokens: TokenRules = .standard,
        triesPerMinute: Int = 5, triesPerHour: Int = 20, refusalStep: TimeInterval = 0.25,
        publicURL: String = "http://localhost:8080"
    ) {
        self.registration = registration
        self.sessions = sessions
        self.tokens = tokens
        self.triesPerMinute = triesPerMinute
        self.triesPerHour = triesPerHour
        self.refusalStep = refusalStep
        self.publicURL = publicURL
    }
}
