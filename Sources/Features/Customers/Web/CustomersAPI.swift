import Accounts
import BSON
import Foundation
import Tenancy
import Vault
import Web

extension CustomersFeature {
    public var api: APITable<APIContext> {
        let handlers = CustomersAPI(feature: self)
        return APITable(
            "customers",
            [
                APIRoute(.get, "customers", .needs("customer:view"), CustomerSchemas.list, handler: handlers.list),
                APIRoute(.get, "customers/{id}", .needs("customer:view"), CustomerSchemas.show, handler: handlers.show),
                APIRoute(
                    .get, "customers/{id}/timeline", .needs("customer:view"), CustomerSchemas.timeline,
                    handler: handlers.timeline),
                APIRoute(
                    .post, "customers/{id}/reveal", .needs("customer:pii"), CustomerSchemas.reveal,
                    handler: handlers.reveal),
                APIRoute(.get, "orders", .needs("analytics:view"), CustomerSchemas.orders, handler: handlers.orders),
                APIRoute(
                    .get, "consents", .needs("consent:view"), CustomerSchemas.consents, handler: handlers.consents),
                APIRoute(
                    .post, "consents", .needs("consent:edit"), CustomerSchemas.appendConsent, handler: handlers.append),
            ] + mergeRoutes)
    }
}

/// The API over customers, their orders and consents.
struct CustomersAPI: Sendable {
    let feature: CustomersFeature

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let parameters = Query(request)
        let query = try CustomerQuery(parameters, limit: parameters.limit())
        let chosen = try CustomerJSON.fields(parameters)
        let now = feature.clock.now()
        if query.segment != nil {
            throw Problem.badRequest("invalid_parameter", "Members of a segment are listed at /eyes/segments/by-id.")
        }
        let currency = context.scope.organization.currency
        let key = RecentLists.Key(
            organizationID: context.scope.organizationID, query: query,
            form: .json(currency: currency, fields: chosen))
        let version = try await CustomerFigures(context.scope, feature.database).dataState().version
        let body = try await feature.lists.body(key, version: version, now: now) {
            let directory = feature.directory(context.scope)
            let page = try await directory.page(query, now: now)
            let total = try await directory.total(query, now: now)
            let isCapped = query.isFiltered && total > 10_000
            let info = PageInfo(
                limit: query.limit, nextCursor: page.next.map(query.cursor), total: isCapped ? 10_000 : total,
                totalIsExact: !isCapped)
            let rows = page.rows.map { CustomerJSON(row: $0, currency: currency, now: now, chosen: chosen) }
            return (ListEnvelope(rows, page: info).jsonBuffer(capacity: 24_576), page)
        }
        return .json(buffer: body)
    }

    func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let profile = try await feature.directory(context.scope).profile(context.parameters.require("id"))
        let row = CustomerJSON(
            row: profile.row, currency: context.scope.organization.currency, now: feature.clock.now(), chosen: nil)
        return .json { json in
            json.object { json in
                row.writeFields(to: &json)
                json.field("email_token", profile.emailToken)
                json.array("tags", profile.tags) { json, tag in json.value(tag) }
                json.field("source_created_at", profile.sourceCreatedAt)
                json.field("connection_id", profile.connectionID)
                json.field("created_at", profile.createdAt)
            }
        }
    }

    func timeline(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let query = Query(request)
        let limit = try query.limit()
        let directory = feature.directory(context.scope)
        _ = try await directory.profile(id)
        let entries = try await directory.timeline(
            id, before: try TimePosition.read(query, list: "timeline"), limit: limit)
        let orders = entries.compactMap { entry -> OrderView? in
            if case .order(let order) = entry { order } else { nil }
        }
        let consents = entries.compactMap { entry -> ConsentRecord? in
            if case .consent(let record) = entry { record } else { nil }
        }
        let sources = try await directory.origins(of: consents)
        let last = orders.count == limit ? orders.last : nil
        let next = last.map { TimePosition.cursor(at: $0.placedAt, id: $0.id, list: "timeline") }
        let rows = entries.map { TimelineJSON(entry: $0, sources: sources) }
        return .json(ListEnvelope(rows, page: PageInfo(limit: limit, nextCursor: next)))
    }

    func reveal(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let details = try await feature.reveal(context.scope, id, requestID: context.requestID)
        return .json { json in
            json.object { json in
                json.field("id", id)
                json.field("email", details.email)
                json.field("first_name", details.firstName)
                json.field("last_name", details.lastName)
            }
        }
    }

    func orders(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        var orders = try await feature.directory(context.scope).orders(
            OrderQuery(
                customerID: query["customer_id"], from: try query.date("placed_from"), to: try query.date("placed_to"),
                before: try TimePosition.read(query, list: "orders"), limit: limit + 1))
        let hasMore = orders.count > limit
        if hasMore { orders.removeLast() }
        let next = hasMore ? orders.last.map { TimePosition.cursor(at: $0.placedAt, id: $0.id, list: "orders") } : nil
        return .json(ListEnvelope(orders.map(OrderJSON.init), page: PageInfo(limit: limit, nextCursor: next)))
    }

    func consents(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        let directory = feature.directory(context.scope)
        var records = try await directory.consents(
            customerID: query["customer_id"], purpose: query["purpose"].map { Purpose(rawValue: $0) },
            before: try TimePosition.read(query, list: "consents"), limit: limit + 1)
        let hasMore = records.count > limit
        if hasMore { records.removeLast() }
        let next =
            hasMore ? records.last.map { TimePosition.cursor(at: $0.createdAt, id: $0.id, list: "consents") } : nil
        let sources = try await directory.origins(of: records)
        let rows = records.map { ConsentJSON($0, from: sources) }
        return .json(ListEnvelope(rows, page: PageInfo(limit: limit, nextCursor: next)))
    }

    func append(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(ConsentBody.self, request, context)
        let record = try await ConsentLedger(
            context.scope, feature.database, audit: feature.audit, clock: feature.clock
        ).append(body.input(), source: "api", requestID: context.requestID)
        return .json(ConsentJSON(record), status: .created)
    }
}
