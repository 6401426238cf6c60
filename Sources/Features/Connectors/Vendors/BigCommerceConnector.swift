import Customers
import Foundation
import Records
import Tenancy
import Vault
import Web

/// BigCommerce: customers, newsletter subscribers, orders (guests included), refunds and products of one store.
public struct BigCommerceConnector: Connector {
    public let platform = "bigcommerce"
    public let name = "BigCommerce"

    public init() {}

    /// An API account of the store: its token never expires. Its client secret signs the webhooks made with it.
    public var methods: [AuthMethod] {
        [
            AuthMethod(
                "token", .header("X-Auth-Token", field: "access_token"),
                fields: [
                    CredentialField("store_hash", .text, pattern: "[a-z0-9]{4,20}"),
                    CredentialField("access_token", .secret),
                    CredentialField("client_secret", .secret, isRequired: false),
                ])
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: ["api": "https://api.bigcommerce.com/stores/{store_hash}"], version: "v3",
            values: ["orders_version": "v2"], budgets: [RateBudget(calls: 150, per: 30)])
    }

    // MARK: Account

    /// The store, and one record of each kind: a token that lacks a right is told so here.
    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let store = try await client.send(.get("/{orders_version}/store")).json
        guard let id = store.at("id")?.text else {
            throw VendorFault.schema(field: "id", message: "The store has no id.")
        }
        let rights = [
            ("/{version}/customers", "store_v2_customers_read_only"),
            ("/{orders_version}/orders", "store_v2_orders_read_only"),
            ("/{version}/catalog/products", "store_v2_products_read_only"),
        ]
        for (path, scope) in rights {
            do {
                _ = try await client.send(.get(path, ["limit": "1"]))
            } catch VendorFault.actionRequired(.addScope, _) {
                throw VendorFault.actionRequired(.addScope, message: scope)
            }
        }
        let plan = store.at("plan_name")?.text?.lowercased() ?? ""
        return VendorAccount(
            id: id, name: store.at("name")?.text ?? id, currency: store.at("currency")?.text,
            timeZone: store.at("timezone.name")?.text, isTest: plan.contains("sandbox"))
    }

    // MARK: Streams

    public var streams: [SyncStream] {
        [
            listing("customers", "/customers", query: ["include": "addresses"]) { record, _, batch in
                try Self.customer(record, &batch)
            },
            listing("products", "/catalog/products", query: ["include": "variants"]) { record, context, batch in
                try Self.product(record, context, &batch)
            },
            orders,
            SyncStream(
                "payments", .updated(overlap: 86_400), pager: Self.pages, records: "data", id: "id",
                updated: "created", required: ["id", "order_id", "total_amount", "created"],
                request: { query in
                    var request = VendorRequest.get(
                        "/{version}/orders/payment_actions/refunds", ["limit": Self.size(query)])
                    request.query.add("created:min", query.since.map { VendorTime.isoSeconds($0) })
                    return request
                }, map: { record, context, batch in try Self.refund(record, context, &batch) }),
            // Being on the list is the yes, and no longer being there the no: the whole list, every time.
            SyncStream(
                "subscribers", .all, every: 86_400, pager: Self.pages, records: "data", id: "id",
                required: ["id", "email"], absenceWithdraws: true,
                request: { query in .get("/{version}/customers/subscribers", ["limit": Self.size(query)]) },
                expand: Self.whoTheyAre,
                map: { record, _, batch in try Self.subscriber(record, &batch) }),
        ]
    }

    private static let pages = Pager.page(
        PageParameter("page"), size: 250, total: .pages(at: "meta.pagination.total_pages"))

    private static func size(_ query: StreamQuery) -> String { String(query.settings.number("page_size", or: 250)) }

    /// A v3 list, in the order of the last change.
    private func listing(
        _ stream: String, _ path: String, query fixed: Pairs,
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            stream, .updated(overlap: 600), pager: Self.pages, records: "data", id: "id", updated: "date_modified",
            required: ["id", "date_modified"],
            request: { query in
                var request = VendorRequest.get("/{version}\(path)", fixed)
                request.query.add("limit", Self.size(query))
                request.query.add("sort", query.settings.values["sort_changes"])
                request.query.add("date_modified:min", query.since.map { VendorTime.isoSeconds($0) })
                return request
            }, map: map)
    }

    /// v2: bare arrays, and 204 when there is nothing. What was bought stands in the consignments.
    private var orders: SyncStream {
        SyncStream(
            "orders", .updated(overlap: 600), every: 900, pager: .page(PageParameter("page"), size: 250), records: "",
            id: "id", updated: "date_modified",
            required: ["id", "status_id", "total_inc_tax", "date_created", "date_modified"],
            request: { query in
                var request = VendorRequest.get(
                    "/{orders_version}/orders",
                    ["include": "consignments.line_items", "limit": "250", "sort": "date_modified:asc"])
                request.query.add("min_date_modified", query.since.map { VendorTime.isoSeconds($0) })
                return request
            }, map: { record, context, batch in try Self.order(record, context, &batch) })
    }

    /// Which subscribers are customers of the shop: fifty addresses at once.
    private static let whoTheyAre: @Sendable ([JSONValue], VendorClient) async throws -> [JSONValue] = { rows, client in
        let emails = rows.compactMap { $0.at("email")?.text }
        var customers: [String: JSONValue] = [:]
        for part in emails.portions(of: 50) {
            let query: Pairs = ["email:in": part.joined(separator: ","), "limit": "250"]
            let found = try await client.send(.get("/{version}/customers", query)).json
            for customer in found.at("data")?.list ?? [] {
                if let email = customer.at("email")?.text?.lowercased() { customers[email] = customer.at("id") }
            }
        }
        return rows.map { row in
            guard let email = row.at("email")?.text?.lowercased(), let id = customers[email] else { return row }
            return row.setting("_customer_id", id)
        }
    }

    // MARK: Replies

    public func fault(in response: VendorResponse) -> VendorFault? {
        guard !response.isSuccess else { return nil }
        let message = response.json.firstText("title", "0.message", "message") ?? response.excerpt
        switch response.status {
        case 429:
            guard let reset = response.headers["X-Rate-Limit-Time-Reset-Ms"].flatMap(Double.init) else {
                // The platform itself is overloaded: longer than the store's window.
                return .rateLimited(wait: response.retryAfter ?? 60, policy: "overload")
            }
            return .rateLimited(wait: reset / 1000, policy: "store window")
        case 423, 503: return .retry("HTTP \(response.status)")
        case 507: return .actionRequired(.fixAtVendor, message: message)
        default: return .standard(response, message: message)
        }
    }

    public func allowance(in response: VendorResponse) -> Allowance? {
        Allowance.headers(
            response, limit: "X-Rate-Limit-Requests-Quota", remaining: "X-Rate-Limit-Requests-Left",
            reset: "X-Rate-Limit-Time-Reset-Ms", milliseconds: true)
    }

    // MARK: Webhooks

    /// Standard Webhooks; the key is the client secret as it is.
    public var webhooks: WebhookScheme? {
        WebhookScheme(.standard, secret: .connectionField("client_secret"), secretHeader: Self.secretHeader)
    }

    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        let body = delivery.json
        guard let topic = body.at("scope")?.text else { throw MappingProblem("scope") }
        let id = delivery.headers["webhook-id"] ?? body.at("hash")?.text ?? topic
        let store = body.at("producer")?.text?.split(separator: "/").last.map {
            WebhookAccount.field("store_hash", "\($0)")
        }
        return [
            WebhookEvent(
                id: id, topic: topic, Self.meaning(topic, object: body.at("data.id")?.text ?? ""), account: store)
        ]
    }

    /// Bodies are thin: the object is read again.
    private static func meaning(_ topic: String, object: String) -> WebhookEvent.Meaning {
        switch topic {
        case "store/app/uninstalled": .revoked
        case "store/customer/deleted": .deleted(Deletion(.customer, object))
        case "store/product/deleted": .deleted(Deletion(.product, object))
        case "store/order/archived": .deleted(Deletion(.order, object))
        case _ where topic.hasPrefix("store/order/refund"): .changed(streams: ["orders", "payments"])
        case _ where topic.hasPrefix("store/order/"): .changed(streams: ["orders"])
        case _ where topic.hasPrefix("store/customer/"): .changed(streams: ["customers"])
        case _ where topic.hasPrefix("store/product/"): .changed(streams: ["products"])
        case _ where topic.hasPrefix("store/subscriber/"): .changed(streams: ["subscribers"])
        default: .ignored
        }
    }

    // MARK: Actions

    /// Groups carry segments; a customer is in one group at most.
    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        switch action {
        case .addToList(let group, let customers): Self.regroup(customers, group: Int64(group))
        case .removeFromList(_, let customers): Self.regroup(customers, group: 0)
        case .createDiscount(let code, let percent, _, let endsAt): Self.coupon(code, percent, endsAt)
        default: nil
        }
    }

    private static func regroup(_ customers: [String], group: Int64?) -> VendorRequest? {
        let ids = customers.compactMap(Int64.init)
        guard let group, !ids.isEmpty, ids.count == customers.count else { return nil }
        let rows = ids.map { JSONValue.object([.init("id", .int($0)), .init("customer_group_id", .int(group))]) }
        return VendorRequest(.put, "/{version}/customers", body: .json(.array(rows)), endpoint: "write")
    }
}
