import Tenancy
import Vault
import Web

/// The feature as App mounts it: its pages and its part of the API.
public struct AuditRoutes: Sendable {
    let log: AuditLog
    let memberships: Memberships
    let clock: WallClock

    public init(log: AuditLog, memberships: Memberships, clock: WallClock = .system) {
        self.log = log
        self.memberships = memberships
        self.clock = clock
    }

    public func pages<Context: AuditPageContext>(_: Context.Type = Context.self) -> RouteTable<Context> {
        let pages = AuditPages<Context>(routes: self)
        return RouteTable(
            "audit",
            [
                .get("audit", .needs("audit:view"), name: "audit.index", pages.index),
                .post("audit/verify", .needs("audit:export"), name: "audit.verify", pages.verify),
                .post("audit/export", .needs("audit:export"), name: "audit.export", pages.export),
                .get("audit/{id}", .needs("audit:view"), name: "audit.show", pages.show),
            ])
    }

    public func api<Context: WebContext & TenantRequestContext>(_: Context.Type = Context.self) -> APITable<Context> {
        let api = AuditAPI<Context>(routes: self)
        return APITable(
            "audit",
            [
                APIRoute(.get, "audit", .needs("audit:view"), AuditSchemas.list, handler: api.list),
                APIRoute(.get, "audit/{id}", .needs("audit:view"), AuditSchemas.show, handler: api.show),
                APIRoute(.post, "audit/verify", .needs("audit:export"), AuditSchemas.verify, handler: api.verify),
                APIRoute(.post, "audit/export", .needs("audit:export"), AuditSchemas.export, handler: api.export),
            ])
    }
}

extension AuditLog {
    /// The action under which a verification is itself recorded.
    static let verified = "audit.verified"

    /// Verifies the chain and records that somebody did, and what they were told.
    func verifyAndRecord(_ scope: TenantScope, requestID: String) async throws -> AuditVerdict {
        let verdict = try await verify(scope)
        try await record(scope, AuditEntry(verified: verdict), requestID: requestID)
        return verdict
    }
}
