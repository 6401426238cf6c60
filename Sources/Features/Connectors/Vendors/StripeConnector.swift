import Customers
import Foundation
import Records
import Vault
import Web

/// Stripe: customers, charges with fees, refunds, disputes, subscriptions, invoices, products.
///
/// Its lists know when something was made and never when it changed. They are read for what is new; what changed
/// comes from the feed of events, which says of which objects the present state is to be read.
public struct StripeConnector: Connector {
    public let platform = "stripe"
    public let name = "Stripe"

    public init() {}

    public var methods: [AuthMethod] {
        [
            AuthMethod(
                "key", .header("Authorization", prefix: "Bearer ", field: "api_key"),
                fields: [
                    CredentialField("api_key", .secret, pattern: "(rk|sk)_(live|test)_.+"),
                    CredentialField("webhook_secret", .secret, pattern: "whsec_.+", isRequired: false),
                    CredentialField("account_id", .text, pattern: "acct_.+", isRequired: false),
                ]),
            AuthMethod("oauth", .oauth2(OAuth2(refresh: .none, fieldPaths: ["account_id": "stripe_user_id"]))),
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: [
                "api": "https://api.stripe.com/v1", "authorize": "https://connect.stripe.com/oauth/authorize",
                "token": "https://connect.stripe.com/oauth/token",
                "revoke": "https://connect.stripe.com/oauth/deauthorize",
            ], version: "2026-07-29.dahlia", scopes: ["read_write"],
            values: ["reread_days": "30"], budgets: [RateBudget(calls: 25, per: 1)])
    }

    public func headers(_ settings: PlatformSettings) -> Pairs {
        ["Accept": "application/json", "Stripe-Version": settings.version]
    }

    // MARK: The account

    /// Asks one record of every list: a restricted key that may not read one is refused here, with the right it lacks.
    public func account(_ client: VendorClient) async throws -> VendorAccount {
        var account = try await identity(client)
        for list in Self.probes {
            var request = Self.list(list.path, list.expand)
            request.query.set("limit", "1")
            let first = try await client.send(request).json.at("data.0")
            if first?.at("livemode")?.flag == false { account.isTest = true }
        }
        return account
    }

    private func identity(_ client: VendorClient) async throws -> VendorAccount {
        do {
            let found = try await client.send(.get("/account")).json
            guard let id = found.at("id")?.text else {
                throw VendorFault.schema(field: "id", message: "The account has no id.")
            }
            return VendorAccount(
                id: id, name: found.firstText("business_profile.name", "settings.dashboard.display_name") ?? id,
                currency: found.at("default_currency")?.text?.uppercased(),
                timeZone: found.at("settings.dashboard.timezone")?.text)
        } catch VendorFault.actionRequired(.addScope, let message) {
            // A restricted key need not see the account when somebody says which it is.
            guard let id = client.fields["account_id"] else {
                throw VendorFault.actionRequired(.addScope, message: message)
            }
            let balance = try await client.send(.get("/balance")).json
            return VendorAccount(
                id: id, name: id, currency: balance.at("available.0.currency")?.text?.uppercased(),
                isTest: balance.at("livemode")?.flag == false)
        }
    }

    private static let probes: [(path: String, expand: [String])] = [
        ("/customers", []), ("/products", ["default_price"]), ("/charges", ["balance_transaction"]),
        ("/refunds", ["charge"]), ("/disputes", ["charge"]), ("/subscriptions", ["discounts"]), ("/invoices", []),
        ("/events", []),
    ]

    // MARK: Streams

    /// The feed comes first: what changes while the lists are read is in the feed's next part.
    public var streams: [SyncStream] {
        [
            SyncStream(
                "events", .updated(overlap: 300), every: 900, pager: Self.pager, records: "data", id: "id",
                updated: "created", required: ["id", "type", "data"],
                request: { query in
                    var request = Self.list("/events", [], since: query.since)
                    for type in Self.followed { request.query.add("types[]", type) }
                    return request
                },
                expand: Self.present,
                map: { record, context, batch in try Self.event(record, context, &batch) }),
            Self.stream("customers", "/customers") { record, _, batch in try Self.customer(record, &batch) },
            SyncStream(
                "products", .all, every: 86_400, pager: Self.pager, records: "data", id: "id",
                required: ["id", "name"],
                request: { _ in Self.list("/products", ["default_price"]) },
                map: { record, _, batch in try Self.product(record, &batch) }),
            Self.stream("payments", "/charges", ["balance_transaction"], rereads: true) { record, _, batch in
                try Self.charge(record, &batch)
            },
            Self.stream("refunds", "/refunds", ["charge"], rereads: true) { record, _, batch in
                try Self.refund(record, &batch)
            },
            Self.stream("disputes", "/disputes", ["charge"], rereads: true) { record, _, batch in
                try Self.dispute(record, &batch)
            },
            SyncStream(
                "subscriptions", .all, every: 86_400, pager: Self.pager, records: "data", id: "id",
                required: ["id", "status", "items"],
                request: { _ in
                    var request = Self.list("/subscriptions", ["discounts"])
                    request.query.add("status", "all")
                    return request
                },
                map: { record, context, batch in try Self.subscription(record, context, &batch) }),
            Self.stream("invoices", "/invoices", rereads: true) { record, _, batch in
                try Self.invoice(record, &batch)
            },
        ]
    }

    private static let pager = Pager.lastID(PageParameter("starting_after"), id: "id", more: "has_more")

    /// - Parameter rereads: once a night also what was made in the last weeks, because it may still change
    private static func stream(
        _ name: String, _ path: String, _ expand: [String] = [], rereads: Bool = false,
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            name, .updated(overlap: 300), every: rereads ? 86_400 : 3600, pager: pager, records: "data", id: "id",
            updated: "created", required: ["id", "created"],
            request: { query in
                let days = rereads ? query.settings.number("reread_days", or: 30) : 0
                return list(path, expand, since: query.since?.addingTimeInterval(-Double(days) * 86_400))
            }, map: map)
    }

    private static func list(_ path: String, _ expand: [String], since: Date? = nil) -> VendorRequest {
        var request = VendorRequest.get(path, ["limit": "100"])
        request.query.add("created[gte]", since.map { String(Int64($0.timeIntervalSince1970)) })
        for part in expand { request.query.add("expand[]", "data.\(part)") }
        return request
    }

    // MARK: The feed

    /// What the feed is asked for; Stripe takes up to twenty types.
    static let followed = [
        "customer.created", "customer.updated", "customer.deleted", "charge.succeeded", "charge.failed",
        "charge.refunded", "charge.dispute.created", "refund.created", "refund.updated",
        "customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted",
        "customer.subscription.paused", "customer.subscription.resumed", "invoice.paid", "invoice.payment_failed",
        "invoice.finalized",
    ]

    /// Where the present state of an event's object is read. The copy inside an event is old, and in the version the
    /// account had then.
    private static let places: [String: (path: String, expand: String?)] = [
        "customer": ("/customers", nil), "charge": ("/charges", "balance_transaction"),
        "refund": ("/refunds", "charge"),
        "dispute": ("/disputes", "charge"), "subscription": ("/subscriptions", "discounts"),
        "invoice": ("/invoices", nil),
    ]

    /// Each object that changed, once. The first load needs none: the lists bring everything.
    private static let present: @Sendable ([JSONValue], VendorClient) async throws -> [JSONValue] = { events, client in
        guard client.span?.since != nil else { return events }
        var seen: Set<String> = []
        var result: [JSONValue] = []
        for event in events {
            guard let id = event.at("data.object.id")?.text,
                let place = places[event.at("data.object.object")?.text ?? ""],
                event.at("type")?.text?.hasSuffix("customer.deleted") != true, seen.insert(id).inserted
            else {
                result.append(event)
                continue
            }
            var request = VendorRequest.get("\(place.path)/\(PercentCoding.encode(id))")
            if let part = place.expand { request.query.add("expand[]", part) }
            result.append(event.setting("_object", try await client.send(request).json))
        }
        return result
    }
}
