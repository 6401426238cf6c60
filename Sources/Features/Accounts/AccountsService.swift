import Audit
import BSON
import Foundation
import Logging
import Memory
import Mongo
import Tenancy
import Vault
import Web

/// People, sign-ins and teams: everything the feature does, below its pages and its API. One per process; it keeps
/// the short memories of sessions and tokens, which is why copies must not be made.
public final class AccountsService: Sendable {
    public let settings: AccountsSettings
    public let memberships: Memberships
    let database: MongoDatabase
    let clock: WallClock
    let hasher: PasswordHasher
    let audit: AuditLog
    let logger: Logger
    let hooks: AccountsHooks
    let users: UserStore
    let sessions: SessionStore
    let refreshTokens: RefreshTokenStore
    let invitations: InvitationStore
    let attempts: LoginAttemptStore
    let tokens: AccessTokens
    let tries: TryLimits
    /// Live identities by the hash of the cookie's value.
    let identities: LoadingCache<String, Identity?>
    /// Live grants by access token.
    let grants: LoadingCache<String, APIGrant?>
    /// Verified claims by access token, so that a signature is checked once.
    let verified = LoadingCache<String, AccessClaims>(capacity: 10_000)

    public init(
        database: MongoDatabase, memberships: Memberships, audit: AuditLog, sealer: Sealer, hasher: PasswordHasher,
        settings: AccountsSettings = AccountsSettings(), hooks: AccountsHooks = AccountsHooks(),
        clock: WallClock = .system, logger: Logger = Logger(label: "accounts")
    ) {
        self.hooks = hooks
        self.settings = settings
        self.memberships = memberships
        self.database = database
        self.clock = clock
        self.hasher = hasher
        self.audit = audit
        self.logger = logger
        users = UserStore(database)
        sessions = SessionStore(database)
        refreshTokens = RefreshTokenStore(database)
        invitations = InvitationStore(database)
        attempts = LoginAttemptStore(database)
        tokens = AccessTokens(
            store: SigningKeyStore(database, sealer: sealer), rules: settings.tokens, clock: clock)
        tries = TryLimits(
            perMinute: settings.triesPerMinute, perHour: settings.triesPerHour, clock: clock)
        // A busy session is read anew at half its age by one request, while the others go on.
        let age = Duration.seconds(settings.sessions.cacheAge)
        identities = LoadingCache(
            capacity: 20_000, lifetime: age, renewal: age / 2, keeps: { $0 != nil }, now: clock.instant)
        grants = LoadingCache(
            capacity: 20_000, lifetime: age, renewal: age / 2, keeps: { $0 != nil }, now: clock.instant)
    }

    /// Reads or makes the signing key; call once before serving.
    public func prepare() async throws { try await tokens.prepare() }
}
