import Accounts
import Foundation
import Tenancy
import Web

extension CustomersFeature {
    /// Merging customers by program, with the same preview as on the page.
    var mergeRoutes: [APIRoute<APIContext>] {
        let handlers = MergesAPI(feature: self)
        return [
            APIRoute(
                .post, "customers/merge/preview", .needs("customer:edit"), MergeSchemas.preview,
                handler: handlers.preview),
            APIRoute(.post, "customers/merge", .needs("customer:edit"), MergeSchemas.merge, handler: handlers.merge),
            APIRoute(.get, "customers/merges", .needs("customer:view"), MergeSchemas.list, handler: handlers.list),
            APIRoute(
                .post, "customers/merges/{id}/undo", .needs("customer:edit"), MergeSchemas.undo,
                handler: handlers.undo),
            APIRoute(
                .get, "customers/{id}/identities", .needs("customer:view"), MergeSchemas.identities,
                handler: handlers.identities),
        ]
    }
}

/// The body of `POST /customers/merge` and its preview.
struct MergeBody: Decodable, Sendable {
    var survivorID: String
    var mergedID: String

    enum CodingKeys: String, CodingKey {
        case survivorID = "survivor_id"
        case mergedID = "merged_id"
    }
}

struct MergesAPI: Sendable {
    let feature: CustomersFeature

    func preview(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(MergeBody.self, request, context)
        let preview = try await answering {
            try await feature.merges(context.scope).preview(body.mergedID, into: body.survivorID)
        }
        return .json(MergePreviewJSON(preview: preview, currency: context.scope.organization.currency))
    }

    func merge(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(MergeBody.self, request, context)
        let event = try await answering {
            try await feature.merges(context.scope).merge(
                body.mergedID, into: body.survivorID, requestID: context.requestID)
        }
        return .json(MergeJSON(event: event), status: .created)
    }

    func undo(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let event = try await answering {
            try await feature.merges(context.scope).undo(id, requestID: context.requestID)
        }
        return .json(MergeJSON(event: event))
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        var events = try await feature.merges(context.scope).list(
            before: try TimePosition.read(query, list: "merges"), limit: limit + 1)
        let hasMore = events.count > limit
        if hasMore { events.removeLast() }
        let next = hasMore ? events.last.map { TimePosition.cursor(at: $0.at, id: $0.id, list: "merges") } : nil
        return .json(
            ListEnvelope(events.map { MergeJSON(event: $0) }, page: PageInfo(limit: limit, nextCursor: next)))
    }

    func identities(_ request: Request, _ context: APIContext) async throws -> Response {
        let found = try await feature.merges(context.scope).identities(of: context.parameters.require("id"))
        return .json(
            ListEnvelope(
                found.map { IdentityJSON(identity: $0) }, page: PageInfo(limit: 200, nextCursor: nil)))
    }

    private func answering<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch CustomersError.alreadyMerged {
            throw Problem.conflict("already_merged", "The two are one customer already.")
        } catch CustomersError.notMerged {
            throw Problem.conflict("not_merged", "This merge holds no longer.")
        } catch CustomersError.identitiesBusy {
            throw Problem.unavailable(retryAfter: 5)
        }
    }
}
