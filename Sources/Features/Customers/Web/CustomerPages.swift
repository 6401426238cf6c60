import Accounts
import Audit
import Foundation
import Tenancy
import Vault
import Web

/// The list of customers and a customer's page.
struct CustomerPages: Sendable {
    static let rowsPerPage = 50

    let feature: CustomersFeature

    func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let query = try CustomerQuery(Query(request), limit: Self.rowsPerPage)
        let now = feature.clock.now()
        let scope = context.scope
        let words = context.localizer
        let segments = try await feature.hooks.segments(scope, words)
        let version = try await CustomerFigures(scope, feature.database).dataState().version
        let form = RecentLists.PageForm(
            slug: context.slug, timeZone: scope.organization.timeZone, currency: scope.organization.currency,
            locale: words.locale, mayImport: scope.can(.customerImport), segments: segments)
        let key = RecentLists.Key(organizationID: scope.organizationID, query: query, form: .page(form))
        let view = try await feature.lists.page(key, version: version, now: now) {
            let directory = feature.directory(scope)
            let page = try await rows(query, directory, scope, now: now)
            let view = CustomersPage(
                query: query, page: page, total: try await total(query, directory, segments, now: now),
                segments: segments, scope: scope, path: context.path("/customers"), now: now,
                importPath: context.path("/imports"), words: words)
            return (view, page)
        }
        return try await context.page(view)
    }

    /// Members of a segment come from whoever made it; everything else is one query.
    private func rows(
        _ query: CustomerQuery, _ directory: CustomerDirectory, _ scope: TenantScope, now: Date
    ) async throws -> CustomerPageOfRows {
        guard let segment = query.segment else { return try await directory.page(query, now: now) }
        let ids = try await feature.hooks.members(scope, segment, query.position?.id, query.limit + 1)
        var plain = query
        plain.position = nil
        plain.order = .name
        plain.descending = false
        var page = try await directory.page(plain, among: Array(ids.prefix(query.limit)), now: now)
        page.rows.sort { $0.id < $1.id }
        page.offset = query.position?.offset ?? 0
        page.next =
            ids.count > query.limit
            ? .init(value: .none, id: ids[query.limit - 1], offset: page.offset + query.limit, isBack: false) : nil
        page.previous = nil
        return page
    }

    private func total(
        _ query: CustomerQuery, _ directory: CustomerDirectory, _ segments: [SegmentOption], now: Date
    ) async throws -> TableFooter.Total {
        if let segment = query.segment {
            return segments.first { $0.id == segment }.map { .exact($0.size) } ?? .unknown
        }
        let count = try await directory.total(query, now: now)
        return query.isFiltered && count > 10_000 ? .atLeast(10_000) : .exact(count)
    }

    func show(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await show(request, context, details: nil)
    }

    private func show(
        _ request: Request, _ context: TenantPageContext, details: PersonDetails?
    ) async throws -> Response {
        let id = try context.parameters.require("id")
        let directory = feature.directory(context.scope)
        if let survivor = try await directory.survivor(of: id) {
            return try await context.redirect(to: context.path("/customers/\(survivor)"))
        }
        let profile = try await directory.profile(id)
        let merges = feature.merges(context.scope)
        async let identities = merges.identities(of: id)
        let history = try await merges.history(of: id)
        async let names = merges.names(of: history.flatMap { [$0.survivorID, $0.mergedID] })
        let before = try TimePosition.read(Query(request), list: "timeline")
        async let timeline = directory.timeline(id, before: before, limit: Self.rowsPerPage)
        async let ledger = directory.ledger(id)
        async let scores = feature.hooks.scores(context.scope, id, context.localizer)
        let entries = try await ledger
        let origins = ConsentOrigins(
            sources: try await directory.origins(of: entries), platformName: feature.hooks.platformName)
        let page = CustomerPage(
            profile: profile, details: details, timeline: try await timeline, ledger: entries, origins: origins,
            scores: try await scores, identities: try await identities, history: history, names: try await names,
            isFirst: before == nil, scope: context.scope, base: context.path("/customers"),
            now: feature.clock.now(), words: context.localizer)
        return try await context.page(page)
    }

    /// Clear values, after the access is in the audit log.
    func reveal(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let details = try await feature.reveal(context.scope, id, requestID: context.requestID)
        return try await show(request, context, details: details)
    }

    /// Records a withdrawal or an objection that somebody told us of.
    func consent(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let form = try await Form.read(request)
        guard let purpose = Purpose(stored: form.trimmed("purpose")) else {
            throw Problem.validation([.init(field: "purpose", code: "invalid", message: "Unknown purpose.")])
        }
        let objects = form.trimmed("state") == "objection"
        let input = ConsentStatementInput(
            customerID: id, purpose: purpose, basis: objects ? .legitimateInterest : .consent, state: .withdrawn)
        try await ConsentLedger(context.scope, feature.database, audit: feature.audit, clock: feature.clock)
            .append(input, source: "person", requestID: context.requestID)
        return try await context.redirect(
            to: context.path("/customers/\(id)"), flash: Flash(.success, "customers.consent.recorded"))
    }
}

extension CustomersFeature {
    func reveal(_ scope: TenantScope, _ id: String, requestID: String) async throws -> PersonDetails {
        let directory = directory(scope)
        let details = try await directory.details(id)
        try await audit.record(
            scope,
            AuditEntry(.dataAccess, "customer.revealed", on: "customer", id), requestID: requestID)
        return details
    }
}
