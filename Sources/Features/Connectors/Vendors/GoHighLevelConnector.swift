import Customers
import Foundation
import Records
import Vault
import Web

/// GoHighLevel (LeadConnector API 2.0), one location: contacts with do-not-disturb, orders and transactions,
/// opportunities, campaigns, workflows, messages.
public struct GoHighLevelConnector: Connector {
    public let platform = "gohighlevel"
    public let name = "GoHighLevel"

    public init() {}

    public var methods: [AuthMethod] {
        [
            AuthMethod(
                "oauth",
                .oauth2(
                    OAuth2(
                        refresh: .rotating, authorizeParameters: ["loginWindowOpenMode": "self"],
                        tokenParameters: ["user_type": "Location"],
                        fieldPaths: [
                            "location_id": "locationId", "company_id": "companyId", "user_type": "userType",
                        ]))),
            AuthMethod(
                "token", .header("Authorization", prefix: "Bearer ", field: "access_token"),
                fields: [
                    CredentialField("access_token", .secret),
                    CredentialField("location_id", .text, pattern: "[A-Za-z0-9]{8,40}"),
                ]),
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: [
                "api": "https://services.leadconnectorhq.com",
                "authorize": "https://marketplace.gohighlevel.com/v2/oauth/chooselocation",
                "token": "https://services.leadconnectorhq.com/oauth/token",
            ], version: "2021-07-28",
            scopes: [
                "contacts.readonly", "contacts.write", "locations.readonly", "campaigns.readonly",
                "workflows.readonly", "opportunities.readonly", "opportunities.write", "conversations/message.readonly",
                "emails/schedule.readonly", "payments/orders.readonly", "payments/transactions.readonly",
                "payments/subscriptions.readonly", "products.readonly", "oauth.readonly", "oauth.write",
            ],
            values: [
                "conversations_version": "2021-04-15", "page": "100", "restated_days": "28", "history_days": "730",
                "message_days": "30",
                // SPKI, as the vendor publishes it.
                "webhook_key": "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=",
            ],
            // 100 in 10 seconds, in portions that never add up to more.
            budgets: [RateBudget(calls: 20, per: 2, daily: 200_000)],
            breaker: BreakerRule(failures: 5, openSeconds: 90, successes: 3, timeout: 25))
    }

    public func headers(_ settings: PlatformSettings) -> Pairs {
        ["Version": settings.version, "Accept": "application/json"]
    }

    public func account(_ client: VendorClient) async throws -> VendorAccount {
        guard let id = client.fields["location_id"], !id.isEmpty else {
            // An agency signed in without choosing one of its locations.
            throw VendorFault.actionRequired(.chooseAccount, message: "location")
        }
        let location =
            try await client.send(.get("/locations/\(PercentCoding.encode(id))")).json.at("location") ?? .null
        guard location.at("id")?.text == id else {
            throw VendorFault.schema(field: "location.id", message: "The location has no id.")
        }
        return VendorAccount(
            id: id, name: location.at("name")?.text ?? id, timeZone: location.at("timezone")?.text)
    }

    public var streams: [SyncStream] {
        [contacts, products, orders, payments, subscriptions, deals] + campaigns + [messages]
    }

    // MARK: People

    private var pageSize: Int { defaults.number("page", or: 100) }

    private var contacts: SyncStream {
        let size = pageSize
        return SyncStream(
            "customers", .updated(overlap: 600),
            pager: .custom(PageParameter("searchAfter", in: .listInBody)) { response, _ in
                let contacts = response.json.at("contacts")?.list ?? []
                guard contacts.count >= size, let mark = contacts.last?.at("searchAfter") else { return nil }
                return String(decoding: mark.bytes, as: UTF8.self)
            },
            records: "contacts", id: "id", updated: "dateUpdated", required: ["id"],
            request: { query in
                var filters: [JSONValue] = []
                if let since = query.since {
                    filters = [
                        ["field": "dateUpdated", "operator": "range", "value": ["gte": .string(VendorTime.iso(since))]]
                    ]
                }
                return .post(
                    "/contacts/search",
                    [
                        "locationId": .string(query.account.id), "pageLimit": .int(Int64(size)),
                        "filters": .array(filters), "sort": [["field": "dateUpdated", "direction": "asc"]],
                    ])
            },
            expand: Self.withPreferences,
            map: { record, _, batch in try GoHighLevelMapping.contact(record, &batch) })
    }

    /// The search may leave do-not-disturb out; a contact by itself has it.
    private static let withPreferences: @Sendable ([JSONValue], VendorClient) async throws -> [JSONValue] = {
        list, client in
        var contacts: [JSONValue] = []
        for contact in list {
            guard contact.at("dndSettings") == nil, let id = contact.at("id")?.text else {
                contacts.append(contact)
                continue
            }
            let whole = try await client.send(.get("/contacts/\(PercentCoding.encode(id))")).json.at("contact") ?? .null
            contacts.append(
                contact.setting("dnd", whole.at("dnd") ?? false).setting("dndSettings", whole.at("dndSettings") ?? [:]))
        }
        return contacts
    }

    // MARK: Money

    /// Lists by the day of creation; later changes are found by reading the last weeks again.
    private func paid(
        _ stream: String, _ path: String, every: TimeInterval,
        expand: (@Sendable ([JSONValue], VendorClient) async throws -> [JSONValue])? = nil,
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        let size = pageSize
        return SyncStream(
            stream,
            .days(
                restated: defaults.number("restated_days", or: 28), slice: 92,
                history: defaults.number("history_days", or: 730)),
            every: every, pager: .offset(PageParameter("offset"), size: size, total: .records(at: "totalCount")),
            records: "data", id: "_id", required: ["_id", "createdAt"],
            request: { query in
                guard let days = query.span.days else {
                    throw VendorFault.schema(field: "startAt", message: "Payments are read by days.")
                }
                return .get(path, Self.owner(query.account.id, size) + ["startAt": days.from, "endAt": days.to])
            }, expand: expand, map: map)
    }

    private static func owner(_ location: String, _ size: Int) -> Pairs {
        ["altId": location, "altType": "location", "limit": String(size)]
    }

    private var orders: SyncStream {
        paid("orders", "/payments/orders", every: 900, expand: Self.withRefunds) { record, context, batch in
            try GoHighLevelMapping.order(record, context, &batch)
        }
    }

    /// An order only says that something was refunded; its transactions say how much.
    private static let withRefunds: @Sendable ([JSONValue], VendorClient) async throws -> [JSONValue] = {
        orders, client in
        var result: [JSONValue] = []
        for order in orders {
            guard GoHighLevelMapping.isRefunded(order), let id = order.at("_id")?.text, let account = client.account
            else {
                result.append(order)
                continue
            }
            let query = Self.owner(account.id, 100) + ["entityId": id]
            let found = try await client.send(.get("/payments/transactions", query)).json.at("data")?.list ?? []
            result.append(order.setting("_transactions", .array(found)))
        }
        return result
    }

    private var payments: SyncStream {
        paid("payments", "/payments/transactions", every: 3600) { record, context, batch in
            try GoHighLevelMapping.transaction(record, context, &batch)
        }
    }

    private var subscriptions: SyncStream {
        let size = pageSize
        return SyncStream(
            "subscriptions", .all,
            pager: .offset(PageParameter("offset"), size: size, total: .records(at: "totalCount")), records: "data",
            id: "_id", required: ["_id", "status"],
            request: { query in .get("/payments/subscriptions", Self.owner(query.account.id, size)) },
            map: { record, context, batch in try GoHighLevelMapping.subscription(record, context, &batch) })
    }

    private var products: SyncStream {
        let size = pageSize
        return SyncStream(
            "products", .all, pager: .offset(PageParameter("offset"), size: size), records: "products", id: "_id",
            required: ["_id", "name"],
            request: { query in .get("/products/", ["locationId": query.account.id, "limit": String(size)]) },
            map: { record, _, batch in try GoHighLevelMapping.product(record, &batch) })
    }

    // MARK: Sales and campaigns

    /// This one call names the location in another spelling, and goes on with two values.
    private var deals: SyncStream {
        let size = pageSize
        return SyncStream(
            "deals", .all,
            pager: .custom(PageParameter("", in: .request)) { response, _ in
                let meta = response.json.at("meta") ?? .null
                guard meta.at("nextPage") != nil, let after = meta.at("startAfter")?.text,
                    let id = meta.at("startAfterId")?.text
                else { return nil }
                return "\(after) \(id)"
            },
            records: "opportunities", id: "id", updated: "updatedAt", required: ["id", "status"],
            request: { query in
                var list: Pairs = ["location_id": query.account.id, "limit": String(size), "status": "all"]
                let mark = (query.place.token ?? "").split(separator: " ").map(String.init)
                if mark.count == 2 {
                    list.add("startAfter", mark[0])
                    list.add("startAfterId", mark[1])
                }
                return .get("/opportunities/search", list)
            },
            map: { record, context, batch in try GoHighLevelMapping.deal(record, context, &batch) })
    }

    private var campaigns: [SyncStream] {
        let size = pageSize
        return [
            SyncStream(
                "campaigns", .all, pager: .single, records: "campaigns", id: "id", required: ["id", "name"],
                request: { query in .get("/campaigns/", ["locationId": query.account.id]) },
                map: { record, _, batch in try GoHighLevelMapping.campaign(record, kind: nil, &batch) }),
            SyncStream(
                "email_campaigns", .all, pager: .offset(PageParameter("offset"), size: size), records: "schedules",
                id: "id", required: ["status"],
                request: { query in .get("/emails/schedule", ["locationId": query.account.id, "limit": String(size)]) },
                map: { record, _, batch in try GoHighLevelMapping.campaign(record, kind: "email", &batch) }),
            SyncStream(
                "workflows", .all, pager: .single, records: "workflows", id: "id", required: ["id", "name"],
                request: { query in .get("/workflows/", ["locationId": query.account.id]) },
                map: { record, _, batch in try GoHighLevelMapping.campaign(record, kind: "workflow", &batch) }),
        ]
    }

    /// Messages newest first, down to some weeks back; in between webhooks bring them, and what became of e-mails.
    private var messages: SyncStream {
        let size = pageSize
        let seconds = Double(defaults.number("message_days", or: 30)) * 86_400
        return SyncStream(
            "events", .updated(overlap: 0), every: 86_400,
            pager: .custom(PageParameter("cursor", in: .query)) { response, _ in
                let last = response.json.at("messages")?.list.last
                guard let oldest = last.flatMap(GoHighLevelMapping.moment),
                    oldest > response.receivedAt.addingTimeInterval(-seconds)
                else { return nil }
                return response.json.at("nextCursor")?.text
            },
            records: "messages", id: "id", updated: "dateUpdated",
            request: { query in
                VendorRequest(
                    .get, "/conversations/messages/export",
                    query: ["locationId": query.account.id, "limit": String(size), "sortBy": "updatedAt"],
                    headers: ["Version": query.settings.values["conversations_version"] ?? query.settings.version])
            },
            map: { record, _, batch in try GoHighLevelMapping.message(record, &batch) })
    }
}
