import Accounts
import Tenancy
import Web

/// The one act the demo adds to the product: its own removal.
public struct DemoPages: Sendable {
    private let seeder: DemoSeeder

    public init(_ seeder: DemoSeeder) { self.seeder = seeder }

    /// Mount at `/o/{slug}` on the group of `TenantPageContext`.
    public var tenant: RouteTable<TenantPageContext> {
        RouteTable(
            "demo",
            [.post("/demo/remove", .needs(Permission.orgAdmin.rawValue), name: "demo.remove", remove)])
    }

    /// The button in the demo's banner, for whoever may press it.
    public static func removalLink(_ scope: TenantScope, _ words: Localizer) -> Shell.Link? {
        guard scope.organization.kind == .demo, scope.can(.orgAdmin) else { return nil }
        return Shell.Link(words.t("demo.remove"), "/o/\(scope.organization.slug)/demo/remove")
    }

    /// In any organization but the demo there is nothing at this address.
    private func remove(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        guard context.scope.organization.kind == .demo else { throw Problem.notFound() }
        try await seeder.remove()
        return try await context.redirect(to: "/", flash: Flash(.success, "demo.removed"))
    }
}
