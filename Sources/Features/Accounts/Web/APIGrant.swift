import Tenancy

/// What a good access token stands for at this moment.
final class APIGrant: Sendable {
    let identity: Identity
    let scope: TenantScope
    /// Seconds since 1970.
    let expires: Int64

    init(identity: Identity, scope: TenantScope, expires: Int64) {
        self.identity = identity
        self.scope = scope
        self.expires = expires
    }
}
