import FoundationEssentials
import Tenancy
import Vault
import Web

/// The log, one act, the check of the chain and the download.
struct AuditPages<Context: AuditPageContext>: Sendable {
    let routes: AuditRoutes

    private var rowsPerPage: Int { 50 }

    func index(_ request: Request, _ context: Context) async throws -> Response {
        let filters = try AuditFilters(Query(request))
        let scope = context.scope
        let words = context.localizer
        let query = filters.query(zone: words.zone)
        async let found = routes.log.search(scope, query, before: filters.before, limit: rowsPerPage)
        async let count = routes.log.count(scope, query, limit: AuditListing.countLimit)
        async let members = routes.memberships.members(scope)
        async let lastCheck = routes.log.last(scope, action: AuditLog.verified)
        let listing = AuditListing(
            filters: filters, found: try await found, count: try await count, members: try await members,
            lastCheck: try await lastCheck, now: routes.clock.now(), path: context.path("/audit"),
            mayExport: scope.can(.auditExport), words: words)
        return try await context.page(listing.page(), status: .ok)
    }

    func show(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let record = try await routes.log.get(context.scope, id: id) else { throw Problem.notFound() }
        let page = AuditDetailPage(record, path: context.path("/audit"), words: context.localizer)
        return try await context.page(page, status: .ok)
    }

    func verify(_ request: Request, _ context: Context) async throws -> Response {
        let verdict = try await routes.log.verifyAndRecord(context.scope, requestID: context.requestID)
        let flash =
            verdict.isIntact
            ? Flash(.success, "audit.flash.intact", ["rows": context.localizer.number(verdict.rowsChecked)])
            : Flash(.error, "audit.flash.broken")
        return try await context.redirect(to: context.path("/audit"), flash: flash)
    }

    func export(_ request: Request, _ context: Context) async throws -> Response {
        try await routes.download(context.scope, requestID: context.requestID)
    }
}

extension AuditRoutes {
    /// The whole log as a file of JSON lines, streamed.
    func download(_ scope: TenantScope, requestID: String) async throws -> Response {
        let export = try await log.export(scope, requestID: requestID)
        let day = CivilTime(clock.now()).isoDay
        let headers: HTTPFields = [
            .contentType: "application/jsonl", .cacheControl: "private, no-store",
            .contentDisposition: "attachment; filename=\"audit-\(scope.organization.slug)-\(day).jsonl\"",
        ]
        let body = ResponseBody { writer in
            for try await portion in export { try await writer.write(ByteBuffer(bytes: portion)) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}
