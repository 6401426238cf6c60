import Tenancy

/// Who may give whom which role.
public enum RoleRules {
    /// Roles from the strongest to the weakest.
    public static let order: [Role] = Role.allCases.sorted(by: >)

    /// The roles that a person of `role` may hand out: their own and those below (01 §7).
    public static func grantable(by role: Role) -> [Role] { order.filter { $0 <= role } }

    /// Nobody changes or removes someone stronger than themselves, or lifts anyone above themselves.
    public static func mayChange(actor: Role, target: Role, to newRole: Role? = nil) -> Bool {
        target <= actor && (newRole ?? target) <= actor
    }
}
