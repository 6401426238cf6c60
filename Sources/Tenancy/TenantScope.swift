/// Who acts. What is written to the audit log is this, not whatever a caller claims.
public enum Actor: Sendable, Hashable {
    case user(id: String, name: String)
    case apiKey(id: String, name: String)
    /// A schedule or a job nobody in particular started.
    case schedule
    /// The product itself, for instance a migration.
    case system

    public var kind: String {
        switch self {
        case .user: "user"
        case .apiKey: "api_key"
        case .schedule: "schedule"
        case .system: "system"
        }
    }

    public var id: String? {
        switch self {
        case .user(let id, _), .apiKey(let id, _): id
        case .schedule, .system: nil
        }
    }

    public var name: String? {
        switch self {
        case .user(_, let name), .apiKey(_, let name): name
        case .schedule, .system: nil
        }
    }
}

/// Proof that somebody may act in an organization, and with which role. Every store call takes one.
///
/// Only this room makes scopes, from a membership it has just looked up: the initializer is internal, there is no
/// default, no optional form and no coding. Do not keep one beyond the request or job it was made for.
public struct TenantScope: Sendable {
    public let organization: Organization
    public let actor: Actor
    public let role: Role

    init(organization: Organization, actor: Actor, role: Role) {
        self.organization = organization
        self.actor = actor
        self.role = role
    }

    public var organizationID: String { organization.id }

    /// The person behind this scope, when there is one.
    public var userID: String? {
        if case .user(let id, _) = actor { id } else { nil }
    }

    public func can(_ permission: Permission) -> Bool { role.can(permission) }

    public func require(_ permission: Permission) throws(TenancyError) {
        guard role.can(permission) else { throw .forbidden(permission) }
    }

    /// Called before every change: a suspended organization is read-only.
    public func requireWritable() throws(TenancyError) {
        guard organization.isWritable else { throw .suspended }
    }
}

/// A request that has passed the door of an organization. Lets rooms below Accounts write route tables that work for
/// pages and API alike.
public protocol TenantRequestContext {
    var scope: TenantScope { get }
}
