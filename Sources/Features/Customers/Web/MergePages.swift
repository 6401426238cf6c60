import Accounts
import Foundation
import Tenancy
import Vault
import Web

/// Merged customers: what waits for a decision, what was merged, and merging by hand with a preview.
struct MergePages: Sendable {
    static let rowsPerPage = 50

    let feature: CustomersFeature

    func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let merges = feature.merges(context.scope)
        let before = try TimePosition.read(Query(request), list: "merges")
        async let quarantined = merges.reviews(.quarantined, limit: Self.rowsPerPage)
        async let waiting = merges.reviews(.limit, limit: Self.rowsPerPage)
        var events = try await merges.list(before: before, limit: Self.rowsPerPage + 1)
        let hasMore = events.count > Self.rowsPerPage
        if hasMore { events.removeLast() }
        let reviews = try await (quarantined: quarantined, waiting: waiting)
        let ids =
            events.flatMap { [$0.survivorID, $0.mergedID] } + reviews.waiting.flatMap(\.customerIDs)
            + reviews.quarantined.flatMap { $0.customerIDs.prefix(3) }
        let page = MergesPage(
            quarantined: reviews.quarantined, waiting: reviews.waiting, events: events, hasMore: hasMore,
            isFirst: before == nil, names: try await merges.names(of: ids), context: context)
        return try await context.page(page)
    }

    /// What merging two customers would do.
    func preview(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let query = Query(request)
        let (survivor, merged) = (query["survivor"] ?? "", query["merged"] ?? "")
        do {
            let preview = try await feature.merges(context.scope).preview(merged, into: survivor)
            return try await context.page(MergePreviewPage(preview, context: context))
        } catch CustomersError.alreadyMerged {
            return try await context.redirect(
                to: context.path("/customers/merges"), flash: Flash(.info, "customers.merges.already"))
        } catch TenancyError.notFound {
            return try await context.redirect(
                to: context.path("/customers/merges"), flash: Flash(.error, "customers.merges.unknown"))
        }
    }

    func merge(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let form = try await Form.read(request)
        do {
            let event = try await feature.merges(context.scope).merge(
                form.trimmed("merged"), into: form.trimmed("survivor"), requestID: context.requestID)
            return try await context.redirect(
                to: context.path("/customers/\(event.survivorID)"), flash: Flash(.success, "customers.merges.done"))
        } catch CustomersError.alreadyMerged {
            return try await context.redirect(
                to: context.path("/customers/merges"), flash: Flash(.info, "customers.merges.already"))
        }
    }

    func undo(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        do {
            let event = try await feature.merges(context.scope).undo(id, requestID: context.requestID)
            return try await context.redirect(
                to: context.path("/customers/\(event.mergedID)"), flash: Flash(.success, "customers.merges.undone"))
        } catch CustomersError.notMerged {
            return try await context.redirect(
                to: context.path("/customers/merges"), flash: Flash(.info, "customers.merges.over"))
        }
    }
}

extension CustomersFeature {
    func merges(_ scope: TenantScope) -> CustomerMerges {
        CustomerMerges(scope, database, audit: audit, clock: clock)
    }
}
