import Customers
import Foundation
import Records
import Tenancy
import Vault
import Web

/// HubSpot: contacts with their e-mail consent, orders, deals, products, campaigns.
public struct HubSpotConnector: Connector {
    public let platform = "hubspot"
    public let name = "HubSpot"
    public let retellsOrders = true

    public init() {}

    public var methods: [AuthMethod] {
        [
            AuthMethod("oauth", .oauth2(OAuth2(refresh: .kept, scopePath: "scopes"))),
            AuthMethod(
                "token", .header("Authorization", prefix: "Bearer ", field: "access_token"),
                fields: [CredentialField("access_token", .secret)]),
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: [
                "api": "https://api.hubapi.com", "authorize": "https://app.hubspot.com/oauth/authorize",
                "token": "https://api.hubapi.com/oauth/{version}/token",
                "revoke": "https://api.hubapi.com/oauth/{version}/token/revoke",
            ], version: "2026-09",
            scopes: [
                "oauth", "crm.objects.contacts.read", "crm.objects.orders.read", "crm.objects.deals.read",
                "crm.objects.products.read", "marketing.campaigns.read", "communication_preferences.read_write",
                "communication_preferences.statuses.batch.read", "crm.objects.contacts.write", "crm.lists.read",
                "crm.lists.write",
            ],
            budgets: [
                RateBudget("search", calls: 5, per: 1), RateBudget(calls: 110, per: 10),
            ])
    }

    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let details = try await client.send(.get("/account-info/{version}/details")).json
        guard let id = details.at("portalId")?.text else {
            throw VendorFault.schema(field: "portalId", message: "The account has no number.")
        }
        return VendorAccount(
            id: id, name: details.firstText("uiDomain").map { "\($0) \(id)" } ?? "Portal \(id)",
            currency: details.at("companyCurrency")?.text, timeZone: details.at("timeZone")?.text,
            isTest: details.at("accountType")?.text == "DEVELOPER_TEST")
    }

    public var streams: [SyncStream] {
        [
            objects("customers", "contacts", Self.contactProperties, changed: "lastmodifieddate", expand: consents) {
                record, _, batch in try Self.contact(record, &batch)
            },
            objects("products", "products", ["name", "hs_sku", "price", "hs_cost_of_goods_sold"]) {
                record, context, batch in try Self.product(record, context, &batch)
            },
            objects(
                "orders", "orders", Self.orderProperties, every: 900, hasContacts: true,
                expand: Self.contacts(of: "orders", Self.orderProperties)
            ) { record, context, batch in
                try Self.order(record, context, &batch)
            },
            objects(
                "deals", "deals", Self.dealProperties, hasContacts: true,
                expand: Self.contacts(of: "deals", Self.dealProperties)
            ) { record, context, batch in
                try Self.deal(record, context, &batch)
            },
            SyncStream(
                "campaigns", .all, pager: .cursor(PageParameter("after"), at: "paging.next.after"),
                records: "results", id: "id", updated: "updatedAt", required: ["id", "properties"],
                request: { _ in
                    .get("/marketing/campaigns/{version}", ["limit": "100", "properties": Self.campaignProperties])
                },
                map: { record, context, batch in try Self.campaign(record, context, &batch) }),
        ]
    }

    /// The list for the first load, the search for changes: only the search knows when a record changed.
    private func objects(
        _ stream: String, _ type: String, _ properties: [String], changed: String = "hs_lastmodifieddate",
        every: TimeInterval = 3600, hasContacts: Bool = false,
        expand: (@Sendable ([JSONValue], VendorClient) async throws -> [JSONValue])? = nil,
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            stream, .updated(overlap: 600), every: every,
            pager: .cursor(PageParameter("after"), at: "paging.next.after", cap: 10_000),
            records: "results", id: "id", updated: "updatedAt", required: ["id", "properties", "updatedAt"],
            request: { query in
                guard let since = query.since else {
                    var list = VendorRequest.get(
                        "/crm/objects/{version}/\(type)",
                        ["limit": "100", "properties": properties.joined(separator: ",")])
                    if hasContacts { list.query.add("associations", "contacts") }
                    return list
                }
                return Self.search(type, properties, changed: changed, since: since)
            }, expand: expand, map: map)
    }

    private static func search(
        _ type: String, _ properties: [String], changed: String, since: Date
    ) -> VendorRequest {
        let filter: JSONValue = [
            "propertyName": .string(changed), "operator": "GTE",
            "value": .string(String(Int64(since.timeIntervalSince1970 * 1000))),
        ]
        return .post(
            "/crm/objects/{version}/\(type)/search",
            [
                "filterGroups": [["filters": [filter]]], "sorts": [.string(changed)],
                "properties": .array(properties.map { .string($0) }), "limit": 200,
            ], endpoint: "search")
    }

    /// The search leaves associations out; lists bring them along.
    private static func contacts(
        of type: String, _ properties: [String]
    ) -> @Sendable ([JSONValue], VendorClient) async throws -> [JSONValue] {
        { records, client in
            var result: [JSONValue] = []
            for record in records {
                guard record["associations"] == nil, let id = record.at("id")?.text else {
                    result.append(record)
                    continue
                }
                let query: Pairs = ["properties": properties.joined(separator: ","), "associations": "contacts"]
                let whole = try await client.send(.get("/crm/objects/{version}/\(type)/\(id)", query)).json
                result.append(record.setting("associations", whole["associations"] ?? .object([])))
            }
            return result
        }
    }

    // MARK: Consent

    /// Statuses of everybody on the page, a hundred addresses at once.
    private var consents: @Sendable ([JSONValue], VendorClient) async throws -> [JSONValue] {
        { contacts, client in
            let emails = contacts.compactMap { $0.at("properties.email")?.text }
            var statuses: [String: JSONValue] = [:]
            for portion in emails.portions(of: 100) {
                let inputs = JSONValue.array(portion.map { .string($0) })
                var request = VendorRequest.post(
                    "/communication-preferences/{version}/statuses/batch/read", ["inputs": inputs])
                request.query = ["channel": "EMAIL"]
                for result in try await client.send(request).json.at("results")?.list ?? [] {
                    if let email = result.at("subscriberIdString")?.text { statuses[email] = result.at("statuses") }
                }
            }
            return contacts.map { contact in
                guard let email = contact.at("properties.email")?.text, let found = statuses[email] else {
                    return contact
                }
                return contact.setting("_statuses", found)
            }
        }
    }

    // MARK: Mapping

    static let contactProperties = [
        "email", "firstname", "lastname", "phone", "country", "lifecyclestage", "createdate", "lastmodifieddate",
        "hs_email_optout", "hs_email_bounce",
    ]
    static let orderProperties = [
        "hs_order_name", "hs_total_price", "hs_currency_code", "hs_external_created_date", "hs_createdate",
        "hs_payment_status", "hs_refunded_amount", "hs_discount", "hs_external_order_status",
        "hs_billing_address_email",
    ]
    static let dealProperties = [
        "dealname", "dealstage", "pipeline", "amount", "closedate", "createdate", "hs_is_closed_won", "hs_is_closed",
        "deal_currency_code",
    ]
    static let campaignProperties =
        "hs_name,hs_campaign_status,hs_start_date,hs_end_date,hs_budget_items_sum_amount,hs_goal"

    private static func contact(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        if record.at("archived")?.flag == true { return batch.deletions.append(Deletion(.customer, id)) }
        let email = record.at("properties.email")?.text
        batch.customers.append(
            CustomerInput(
                externalID: id, email: email, phone: record.at("properties.phone")?.text,
                firstName: record.at("properties.firstname")?.text, lastName: record.at("properties.lastname")?.text,
                country: record.at("properties.country")?.text.flatMap { $0.count == 2 ? $0 : nil },
                lifecycleStage: record.at("properties.lifecyclestage")?.text,
                sourceCreatedAt: record.at("createdAt")?.time, sourceUpdatedAt: record.at("updatedAt")?.time))
        guard email != nil else { return }
        for status in record.at("_statuses")?.list ?? [] {
            let word = status.at("status")?.text ?? ""
            guard word == "SUBSCRIBED" || word == "UNSUBSCRIBED" else { continue }
            batch.consents.append(
                ConsentSignal(
                    customerExternalID: id, channel: .email,
                    state: word == "SUBSCRIBED" ? .subscribed : .unsubscribed, at: status.at("timestamp")?.time,
                    legalBasis: status.at("legalBasis")?.text,
                    evidence: "\(status.at("subscriptionName")?.text ?? "subscription"): \(word)"))
        }
        if record.at("properties.hs_email_optout")?.flag == true {
            batch.consents.append(
                ConsentSignal(
                    customerExternalID: id, channel: .email, state: .unsubscribed, at: nil, evidence: "hs_email_optout")
            )
        }
        if (record.at("properties.hs_email_bounce")?.whole ?? 0) > 0 {
            batch.consents.append(
                ConsentSignal(
                    customerExternalID: id, channel: .email, state: .suppressed, at: nil, evidence: "hs_email_bounce"))
        }
    }

    private static func order(
        _ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch
    ) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let properties = record.at("properties") ?? .null
        let currency = properties.at("hs_currency_code")?.text ?? context.currency
        guard let total = Amount.major(properties.at("hs_total_price"), currency) else {
            throw MappingProblem("hs_total_price")
        }
        guard let placed = properties.at("hs_external_created_date")?.time ?? record.at("createdAt")?.time else {
            throw MappingProblem("hs_external_created_date")
        }
        let refunded = Amount.major(properties.at("hs_refunded_amount"), currency) ?? 0
        let isCancelled = properties.at("hs_external_order_status")?.text?.lowercased() == "cancelled"
        batch.orders.append(
            OrderInput(
                externalID: id,
                customerExternalID: record.at("associations.contacts.results.0.id")?.text
                    ?? properties.at("hs_billing_address_email")?.text ?? "order:\(id)",
                placedAt: placed, amountMinor: total, currency: currency,
                status: isCancelled
                    ? .cancelled
                    : refunded >= total && total > 0 ? .refunded : refunded > 0 ? .partiallyRefunded : .paid,
                refundedMinor: refunded, discountMinor: Amount.major(properties.at("hs_discount"), currency) ?? 0,
                number: properties.at("hs_order_name")?.text, sourceUpdatedAt: record.at("updatedAt")?.time))
    }

    private static func product(
        _ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch
    ) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let title = record.at("properties.name")?.text else { throw MappingProblem("name") }
        var product = ProductInput(externalID: id, title: title)
        product.sku = record.at("properties.hs_sku")?.text
        product.priceMinor = Amount.major(record.at("properties.price"), context.currency)
        product.costMinor = Amount.major(record.at("properties.hs_cost_of_goods_sold"), context.currency)
        product.currency = context.currency
        product.updatedAt = record.at("updatedAt")?.time
        batch.products.append(product)
    }

    private static func deal(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let properties = record.at("properties") ?? .null
        guard let stage = properties.at("dealstage")?.text else { throw MappingProblem("dealstage") }
        let isClosed = properties.at("hs_is_closed")?.flag == true
        let isWon = properties.at("hs_is_closed_won")?.flag == true
        var deal = DealInput(externalID: id, stage: stage, status: isWon ? "won" : isClosed ? "lost" : "open")
        deal.pipeline = properties.at("pipeline")?.text
        deal.name = properties.at("dealname")?.text
        deal.currency = properties.at("deal_currency_code")?.text ?? context.currency
        deal.amountMinor = Amount.major(properties.at("amount"), deal.currency ?? context.currency)
        deal.customerExternalID = record.at("associations.contacts.results.0.id")?.text
        deal.closeAt = properties.at("closedate")?.time
        deal.createdAt = record.at("createdAt")?.time
        deal.updatedAt = record.at("updatedAt")?.time
        batch.deals.append(deal)
    }

    private static func campaign(
        _ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch
    ) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let properties = record.at("properties") ?? .null
        let states: [String: CampaignStatus] = [
            "planned": .draft, "in_progress": .active, "active": .active, "paused": .paused, "completed": .completed,
        ]
        var campaign = CampaignInput(
            externalID: id, channel: "email", name: properties.at("hs_name")?.text ?? id,
            status: states[properties.at("hs_campaign_status")?.text ?? ""] ?? .draft)
        campaign.startAt = properties.at("hs_start_date")?.time
        campaign.endAt = properties.at("hs_end_date")?.time
        campaign.budgetMinor = Amount.major(properties.at("hs_budget_items_sum_amount"), context.currency)
        campaign.budgetPeriod = campaign.budgetMinor == nil ? nil : "lifetime"
        campaign.currency = context.currency
        campaign.objective = properties.at("hs_goal")?.text
        campaign.updatedAt = record.at("updatedAt")?.time
        batch.campaigns.append(campaign)
    }

    // MARK: Replies

    public func fault(in response: VendorResponse) -> VendorFault? {
        let message = response.json.at("message")?.text ?? response.excerpt
        switch response.status {
        case 429:
            let policy = response.json.at("policyName")?.text ?? ""
            if policy == "DAILY" { return .rateLimited(wait: response.retryAfter ?? 3600, policy: policy) }
            let standard: TimeInterval = message.lowercased().contains("secondly limit") ? 1 : 10
            return .rateLimited(wait: response.retryAfter ?? standard, policy: policy.isEmpty ? "429" : policy)
        case 403:
            let missing =
                response.json.at("errors.0.context.requiredGranularScopes")
                ?? response.json.at("context.missingScopes")
            let scopes = (missing?.list ?? []).compactMap(\.text).joined(separator: ", ")
            return .actionRequired(.addScope, message: scopes.isEmpty ? message : scopes)
        case 477: return .retry("The account is being moved.")
        case 423: return .retry(message)
        default: return .standard(response, message: message)
        }
    }

    public func allowance(in response: VendorResponse) -> Allowance? {
        guard let left = response.headers["X-HubSpot-RateLimit-Remaining"].flatMap(Double.init) else { return nil }
        let window = response.headers["X-HubSpot-RateLimit-Interval-Milliseconds"].flatMap(Double.init)
        return Allowance(
            remaining: left, limit: response.headers["X-HubSpot-RateLimit-Max"].flatMap(Double.init),
            resetAfter: window.map { $0 / 1000 })
    }

    public func revocation(_ credentials: Credentials, _ settings: PlatformSettings) -> VendorRequest? {
        guard let token = credentials.refreshToken, let id = settings.clientID, let secret = settings.clientSecret
        else { return nil }
        return VendorRequest(
            .post, "", base: "revoke",
            body: .form([
                "client_id": id, "client_secret": secret.reveal(), "token": token,
                "token_type_hint": "refresh_token",
            ]), isSigned: false)
    }

    // MARK: Webhooks

    public var webhooks: WebhookScheme? {
        WebhookScheme(
            .hmac(
                header: "X-HubSpot-Signature-v3", .base64,
                message: [.method, .url, .body, .header("X-HubSpot-Request-Timestamp")]),
            sentAt: { $0.headers["X-HubSpot-Request-Timestamp"].flatMap { JSONValue.string($0).millisecondsTime } })
    }

    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        delivery.json.list.map { event in
            let topic = event.at("subscriptionType")?.text ?? ""
            let object = event.at("objectId")?.text ?? ""
            // `eventId` alone is not unique.
            let id = [event.at("eventId"), event.at("subscriptionId"), event.at("occurredAt")]
                .map { $0?.text ?? "" }.joined(separator: "-")
            return WebhookEvent(
                id: "\(id)-\(object)", topic: topic, Self.meaning(topic, object: object),
                account: event.at("portalId")?.text.map { .id($0) })
        }
    }

    private static func meaning(_ topic: String, object: String) -> WebhookEvent.Meaning {
        switch topic {
        case "contact.privacyDeletion": .privacy(kind: "redact", subject: object)
        case "contact.deletion": .deleted(Deletion(.customer, object))
        case "deal.deletion": .deleted(Deletion(.deal, object))
        case "product.deletion": .deleted(Deletion(.product, object))
        case _ where topic.hasPrefix("contact."): .changed(streams: ["customers"])
        case _ where topic.hasPrefix("deal."): .changed(streams: ["deals"])
        case _ where topic.hasPrefix("product."): .changed(streams: ["products"])
        case _ where topic.hasPrefix("object."): .changed(streams: ["orders"])
        default: .ignored
        }
    }
}
