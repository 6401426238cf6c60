import Foundation
import Records
import Vault
import Web

/// Google Ads (REST): campaigns, ad groups, ads, Performance Max, daily figures and conversions by action, all by GAQL.
///
/// There is no daily reach: unique users exist for some kinds of campaign only and cannot be asked for by day.
public struct GoogleAdsConnector: Connector {
    public let platform = "google_ads"
    public let name = "Google Ads"

    public init() {}

    public var methods: [AuthMethod] {
        let number = "[0-9]{3}-?[0-9]{3}-?[0-9]{4}"
        return [
            AuthMethod(
                "oauth",
                .oauth2(
                    OAuth2(
                        refresh: .kept, usesPKCE: true,
                        authorizeParameters: ["access_type": "offline", "prompt": "consent"])),
                fields: [
                    CredentialField("customer_id", .text, pattern: number, isRequired: false),
                    CredentialField("login_customer_id", .text, pattern: number, isRequired: false),
                ])
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: [
                "api": "https://googleads.googleapis.com/{version}",
                "authorize": "https://accounts.google.com/o/oauth2/v2/auth",
                "token": "https://oauth2.googleapis.com/token", "revoke": "https://oauth2.googleapis.com/revoke",
            ], version: "v26", scopes: ["https://www.googleapis.com/auth/adwords"],
            values: ["restated_days": "30", "weekly_days": "90", "history_days": "730"],
            budgets: [RateBudget(calls: 10, per: 1, daily: 15_000, isShared: true)],
            breaker: BreakerRule(failures: 3, openSeconds: 120, successes: 2, timeout: 45))
    }

    /// Developer tokens ended in 2026; a configured one is still sent, for versions that read it.
    public func headers(_ settings: PlatformSettings) -> Pairs {
        var headers: Pairs = ["Accept": "application/json"]
        headers.add("developer-token", settings.values["developer_token"])
        return headers
    }

    // MARK: Account

    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let listed = try await client.send(.get("/customers:listAccessibleCustomers")).json
        let ids = (listed.at("resourceNames")?.list ?? []).compactMap { Self.lastPart($0.text) }
        if let chosen = Self.digits(client.fields["customer_id"]) {
            return try await customer(chosen, client)
        }
        guard ids.count == 1, let only = ids.first else {
            let message = ids.isEmpty ? "No Google Ads account belongs to this sign-in." : ids.joined(separator: ", ")
            throw VendorFault.actionRequired(.chooseAccount, message: message)
        }
        return try await customer(only, client)
    }

    public var accountField: String? { "customer_id" }

    /// What this sign-in opens directly, and what lies below its manager accounts.
    public func accounts(_ client: VendorClient) async throws -> [VendorAccount] {
        let listed = try await client.send(.get("/customers:listAccessibleCustomers")).json
        let ids = (listed.at("resourceNames")?.list ?? []).compactMap { Self.lastPart($0.text) }
        var accounts: [VendorAccount] = []
        var managers: [String] = []
        for id in ids.prefix(50) {
            do {
                accounts.append(try await customer(id, client))
            } catch VendorFault.actionRequired(.chooseAccount, _) {
                managers.append(id)
            } catch VendorFault.actionRequired {}
        }
        for manager in managers {
            do {
                let below = try await clients(of: manager, client)
                accounts += below.filter { account in !accounts.contains { $0.id == account.id } }
            } catch VendorFault.actionRequired {}
        }
        return accounts
    }

    private func customer(_ id: String, _ client: VendorClient) async throws -> VendorAccount {
        let query = GAQL(
            [
                "customer.id", "customer.descriptive_name", "customer.currency_code", "customer.time_zone",
                "customer.manager", "customer.test_account", "customer.status",
            ], from: "customer")
        let reply = try await client.send(Self.search(query.text(), client.fields, customer: id)).json
        guard let found = reply.at("results.0.customer"), let number = found.at("id")?.text else {
            throw VendorFault.schema(field: "customer.id", message: "The account has no number.")
        }
        if found.at("manager")?.flag == true {
            let names = try await clients(of: number, client).map { "\($0.id) (\($0.name))" }
            throw VendorFault.actionRequired(
                .chooseAccount,
                message: names.isEmpty ? "The manager account has no accounts." : names.joined(separator: ", "))
        }
        let status = found.at("status")?.text ?? "ENABLED"
        guard status == "ENABLED" else { throw VendorFault.actionRequired(.fixAtVendor, message: "Account: \(status)") }
        return VendorAccount(
            id: number, name: found.at("descriptiveName")?.text ?? number, currency: found.at("currencyCode")?.text,
            timeZone: found.at("timeZone")?.text, isTest: found.at("testAccount")?.flag ?? false)
    }

    /// A manager account has no figures of its own: the accounts below it, which are reached through it.
    private func clients(of manager: String, _ client: VendorClient) async throws -> [VendorAccount] {
        let query = GAQL(
            [
                "customer_client.id", "customer_client.descriptive_name", "customer_client.currency_code",
                "customer_client.time_zone", "customer_client.manager", "customer_client.level",
                "customer_client.status", "customer_client.hidden", "customer_client.test_account",
            ], from: "customer_client", where: "customer_client.manager = FALSE AND customer_client.status = 'ENABLED'")
        let reply = try await client.send(Self.search(query.text(), client.fields, customer: manager)).json
        return (reply.at("results")?.list ?? []).compactMap { row in
            row.at("customerClient.id")?.text.map { id in
                VendorAccount(
                    id: id, name: row.at("customerClient.descriptiveName")?.text ?? id,
                    currency: row.at("customerClient.currencyCode")?.text,
                    timeZone: row.at("customerClient.timeZone")?.text,
                    isTest: row.at("customerClient.testAccount")?.flag ?? false,
                    fields: ["login_customer_id": manager])
            }
        }
    }

    static func digits(_ text: String?) -> String? {
        let digits = (text ?? "").filter(\.isNumber)
        return digits.isEmpty ? nil : digits
    }

    /// The id at the end of a resource name.
    static func lastPart(_ name: String?) -> String? { name?.split(separator: "/").last.map(String.init) }

    // MARK: Streams

    public var streams: [SyncStream] {
        [
            list("campaigns", .campaigns, id: "campaign.id", required: ["campaign.id", "campaign.name"]) {
                try Self.campaign($0, $1, &$2)
            },
            list("ad_groups", .adGroups, id: "adGroup.id", required: ["adGroup.id", "adGroup.name", "campaign.id"]) {
                try Self.adGroup($0, $1, &$2)
            },
            list("asset_groups", .assetGroups, id: "assetGroup.id", required: ["assetGroup.id", "assetGroup.name"]) {
                try Self.assetGroup($0, $1, &$2)
            },
            list("creatives", .ads, id: "adGroupAd.ad.id", required: ["adGroupAd.ad.id", "adGroup.id"]) {
                try Self.ad($0, $1, &$2)
            },
            list("assets", .assets, id: "asset.id", required: ["asset.id", "assetGroup.id"]) {
                try Self.asset($0, $1, &$2)
            },
            days("metric_days", .campaignDays, every: 900, id: "campaign.id") { record, context, batch in
                let id = record.at("campaign.id")?.text
                try Self.day(record, "campaign", id, context, &batch)
            },
            days("ad_group_days", .adGroupDays, id: "adGroup.id") { record, context, batch in
                try Self.day(record, "ad_group", record.at("adGroup.id")?.text, context, &batch)
            },
            days("asset_group_days", .assetGroupDays, id: "assetGroup.id") { record, context, batch in
                let id = record.at("assetGroup.id")?.text.map(Self.assetGroupID)
                try Self.day(record, "ad_group", id, context, &batch)
            },
            days("ad_days", .adDays, id: "adGroupAd.ad.id") { record, context, batch in
                try Self.day(record, "ad", try Self.adID(record), context, &batch)
            },
            days("conversion_days", .conversionDays, id: "campaign.id") { record, context, batch in
                try Self.conversions(record, context, &batch)
            },
        ]
    }

    private func list(
        _ name: String, _ query: GAQL, id: String, required: [String],
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            name, .all, pager: Self.pager, records: "results", id: id, required: required,
            request: { Self.search(query.text(), $0.fields, customer: $0.account.id) }, map: map)
    }

    private func days(
        _ name: String, _ query: GAQL, every: TimeInterval = 3600, id: String,
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            name, .days(restated: 30, slice: 30, history: 730, weekly: 90), every: every, pager: Self.pager,
            records: "results", id: id, required: [id, "segments.date"],
            request: { Self.search(query.text(days: $0.span.days), $0.fields, customer: $0.account.id) }, map: map)
    }

    private static let pager = Pager.cursor(PageParameter("pageToken", in: .body), at: "nextPageToken")

    static func search(_ query: String, _ fields: [String: String], customer: String) -> VendorRequest {
        var request = VendorRequest.post(
            "/customers/\(customer)/googleAds:search", ["query": .string(query)], endpoint: "search")
        request.headers.add("login-customer-id", digits(fields["login_customer_id"]))
        return request
    }

    public func revocation(_ credentials: Credentials, _ settings: PlatformSettings) -> VendorRequest? {
        guard let token = credentials.refreshToken ?? credentials.accessToken else { return nil }
        return VendorRequest(.post, "", base: "revoke", query: ["token": token], isSigned: false)
    }
}
