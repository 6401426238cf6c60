import Tenancy

/// Somebody of an organization who can be written to.
public struct MailRecipient: Sendable, Hashable {
    public let userID: String
    public let email: String
    public let name: String
    /// `en`, `es`: the person's own choice, else the organization's.
    public let locale: String
}

extension AccountsService {
    /// Everybody whose place in the organization lets them do this, in a stable order.
    public func recipients(_ scope: TenantScope, with permission: Permission) async throws -> [MailRecipient] {
        let places = try await memberships.members(scope).filter { $0.status == .active && $0.role.can(permission) }
        let users = try await users.users(ids: places.map(\.userID))
        return places.compactMap { place in
            guard let user = users[place.userID], user.status == .active, !user.isDemo else { return nil }
            return MailRecipient(
                userID: user.id, email: user.email, name: user.name,
                locale: user.locale ?? scope.organization.locale)
        }
    }
}
