import Customers
import Tenancy

/// What features beside this one know of people and of those who look after them.
public struct PersonHooks: Sendable {
    /// Orders and consents in one line, newest first.
    public var timeline: @Sendable (TenantScope, _ customerID: String, _ limit: Int) async throws -> [TimelineEntry]
    /// Consents, newest first.
    public var ledger: @Sendable (TenantScope, _ customerID: String) async throws -> [ConsentRecord]
    /// A review waits for somebody, or is over.
    public var opened: @Sendable (TenantScope, _ customerID: String, _ name: String) async throws -> Void
    public var decided: @Sendable (TenantScope, _ customerID: String, _ name: String) async throws -> Void

    public init(
        timeline: @escaping @Sendable (TenantScope, String, Int) async throws -> [TimelineEntry] = { _, _, _ in [] },
        ledger: @escaping @Sendable (TenantScope, String) async throws -> [ConsentRecord] = { _, _ in [] },
        opened: @escaping @Sendable (TenantScope, String, String) async throws -> Void = { _, _, _ in },
        decided: @escaping @Sendable (TenantScope, String, String) async throws -> Void = { _, _, _ in }
    ) {
        self.timeline = timeline
        self.ledger = ledger
        self.opened = opened
        self.decided = decided
    }
}
