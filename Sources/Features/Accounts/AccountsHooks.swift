import Tenancy

/// What others do when accounts change.
public struct AccountsHooks: Sendable {
    /// An organization counts in another currency or time zone: figures made before are not its own any more.
    public var conventionsChanged: @Sendable (Organization) async throws -> Void

    public init(conventionsChanged: @escaping @Sendable (Organization) async throws -> Void = { _ in }) {
        self.conventionsChanged = conventionsChanged
    }
}
