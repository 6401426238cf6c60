import Foundation
import Synchronization
import Web

/// What an insights request asks for, checked.
struct MetaInsights: Sendable {
    let level: String
    let days: [String]
    let fields: Set<String>

    private static let allowed: Set<String> = [
        "level", "time_range", "time_increment", "fields", "use_unified_attribution_setting", "limit", "after",
        "filtering", "breakdowns", "action_attribution_windows", "appsecret_proof",
    ]
    private static let known: Set<String> = [
        "account_id", "account_currency", "campaign_id", "campaign_name", "adset_id", "adset_name", "ad_id", "ad_name",
        "date_start", "date_stop", "spend", "impressions", "clicks", "inline_link_clicks", "reach", "frequency", "cpm",
        "cpc", "ctr", "actions", "action_values", "conversions", "purchase_roas", "attribution_setting",
    ]

    init(_ parameters: [String: String]) throws {
        for name in parameters.keys where !Self.allowed.contains(name) { throw SheetViolation("insights: \(name)") }
        level = parameters["level"] ?? ""
        guard ["account", "campaign", "adset", "ad"].contains(level) else { throw SheetViolation("level \(level)") }
        guard parameters["time_increment"] == "1" else { throw SheetViolation("time_increment 1") }
        guard parameters["use_unified_attribution_setting"] == "true" else {
            throw SheetViolation("unified attribution")
        }
        let range = try? JSONParser.parse(Array((parameters["time_range"] ?? "").utf8))
        guard let since = range?["since"]?.stringValue, let until = range?["until"]?.stringValue else {
            throw SheetViolation("time_range \(parameters["time_range"] ?? "missing")")
        }
        days = SeededCompany.days(from: since, to: until)
        fields = Set((parameters["fields"] ?? "").split(separator: ",").map(String.init))
        guard fields.isSubset(of: Self.known), fields.contains("spend") else {
            throw SheetViolation("fields \(fields)")
        }
    }
}

/// Reports that are being made: looked at twice they are done.
final class MetaReports: Sendable {
    private struct State {
        var asked: [String: MetaInsights] = [:]
        var accounts: [String: String] = [:]
        var looks: [String: Int] = [:]
    }

    private let state = Mutex(State())

    func make(_ asked: MetaInsights, _ account: String) -> String {
        state.withLock { state in
            let id = String(60_000 + state.asked.count)
            state.asked[id] = asked
            state.accounts[id] = account
            return id
        }
    }

    /// Whose report it is.
    func account(of id: String) -> String { state.withLock { $0.accounts[id] ?? "" } }

    func look(_ id: String) -> String? {
        state.withLock { state in
            guard state.asked[id] != nil else { return nil }
            state.looks[id, default: 0] += 1
            return state.looks[id, default: 0] < 2 ? "Job Running" : "Job Completed"
        }
    }

    func done(_ id: String) -> MetaInsights? {
        state.withLock { state in state.looks[id, default: 0] >= 2 ? state.asked[id] : nil }
    }
}

/// The company's campaigns as Meta has them: every campaign with two ad sets of one ad each.
struct MetaRows {
    let company: SeededCompany
    var book = WriteBook()

    static func campaign(_ number: Int) -> String { String(23_000 + number) }
    static func adSet(_ number: Int, _ half: Int) -> String { String(24_000 + number * 2 + half) }
    static func ad(_ number: Int, _ half: Int) -> String { String(25_000 + number * 2 + half) }

    /// `2026-11-18T10:00:00+0000`, as Graph writes times.
    private static func time(_ date: Date) -> JSONValue {
        .string(String(HubSpotServer.iso(date).prefix(19)) + "+0000")
    }

    private func common(_ campaign: SeededCompany.Campaign, _ id: String, _ name: String) -> [JSONValue.Member] {
        let status: JSONValue = campaign.isActive ? "ACTIVE" : "PAUSED"
        return [
            .init("id", .string(id)), .init("name", .string(name)), .init("status", status),
            .init("effective_status", status), .init("created_time", Self.time(campaign.createdAt)),
            .init("updated_time", Self.time(campaign.updatedAt)),
        ]
    }

    var campaigns: [JSONValue] {
        company.campaigns.map { campaign in
            let budget: [JSONValue.Member] = [
                .init("objective", "OUTCOME_SALES"), .init("start_time", Self.time(campaign.startAt)),
                .init("daily_budget", .string(String(campaign.dailyBudgetMinor))), .init("lifetime_budget", "0"),
            ]
            let id = Self.campaign(campaign.number)
            return book.patched(id, .object(common(campaign, id, campaign.name) + budget))
        }
    }

    var adSets: [JSONValue] {
        company.campaigns.flatMap { campaign in
            (0..<2).map { half in
                let own: [JSONValue.Member] = [
                    .init("campaign_id", .string(Self.campaign(campaign.number))), .init("bid_amount", "350"),
                    .init("optimization_goal", "OFFSITE_CONVERSIONS"), .init("billing_event", "IMPRESSIONS"),
                ]
                let id = Self.adSet(campaign.number, half)
                return book.patched(id, .object(common(campaign, id, "\(campaign.name) / \(half)") + own))
            }
        }
    }

    var ads: [JSONValue] {
        company.campaigns.flatMap { campaign in
            (0..<2).map { half in
                let link: JSONValue = [
                    "link": .string("https://\(company.domain)/\(campaign.number)"), "message": "Fresh every week.",
                    "name": .string("Try \(campaign.name)"),
                ]
                let shown: JSONValue =
                    half == 0
                    ? [
                        "id": "1", "image_url": "https://cdn.example/1.jpg", "object_story_spec": ["link_data": link],
                        "call_to_action_type": "SHOP_NOW",
                    ]
                    : ["id": "2", "video_id": "77", "title": "See it", "body": "Poured slowly."]
                let own: [JSONValue.Member] = [
                    .init("campaign_id", .string(Self.campaign(campaign.number))),
                    .init("adset_id", .string(Self.adSet(campaign.number, half))), .init("creative", shown),
                ]
                let id = Self.ad(campaign.number, half)
                return book.patched(id, .object(common(campaign, id, "Ad \(campaign.number)/\(half)") + own))
            }
        }
    }

    // MARK: Insights

    func insights(_ asked: MetaInsights) -> [JSONValue] {
        guard let first = asked.days.first, let last = asked.days.last else { return [] }
        let days = company.adDays(from: first, to: last)
        if asked.level == "account" { return accountDays(days, asked) }
        if asked.level == "campaign" { return days.map { row($0, asked, half: nil) } }
        return days.flatMap { day in (0..<2).map { row(day, asked, half: $0) } }
    }

    private func accountDays(_ days: [SeededCompany.AdDay], _ asked: MetaInsights) -> [JSONValue] {
        Dictionary(grouping: days, by: \.day).sorted { $0.key < $1.key }.map { day, rows in
            let members: [JSONValue.Member] = [
                .init("account_currency", .string(company.currency)), .init("date_start", .string(day)),
                .init("date_stop", .string(day)),
                .init("spend", .string(HubSpotServer.money(rows.reduce(0) { $0 + $1.spendMinor }))),
            ]
            return .object(members.filter { asked.fields.contains($0.name) })
        }
    }

    /// A whole campaign's day, or one half of it: the odd rest goes to the second.
    private func row(_ day: SeededCompany.AdDay, _ asked: MetaInsights, half: Int?) -> JSONValue {
        func part(_ number: Int64) -> Int64 {
            switch half {
            case nil: number
            case 0: number / 2
            default: number - number / 2
            }
        }
        let impressions = part(day.impressions)
        let purchases = part(day.conversions)
        var members: [JSONValue.Member] = [
            .init("account_currency", .string(company.currency)), .init("date_start", .string(day.day)),
            .init("date_stop", .string(day.day)), .init("campaign_id", .string(Self.campaign(day.campaign))),
            .init("spend", .string(HubSpotServer.money(part(day.spendMinor)))),
            .init("impressions", .string(String(impressions))), .init("clicks", .string(String(part(day.clicks)))),
            .init("reach", .string(String(impressions * 3 / 4))), .init("frequency", "1.333333"),
            .init("attribution_setting", "7d_click_1d_view"),
        ]
        if let half {
            members.append(.init("adset_id", .string(Self.adSet(day.campaign, half))))
            if asked.level == "ad" { members.append(.init("ad_id", .string(Self.ad(day.campaign, half)))) }
        }
        func actions(_ purchase: String) -> [JSONValue] {
            let names = ["offsite_conversion.fb_pixel_purchase", "purchase", "omni_purchase"]
            return names.map { ["action_type": .string($0), "value": .string(purchase)] }
        }
        let link: JSONValue = ["action_type": "link_click", "value": .string(String(part(day.clicks)))]
        members.append(.init("actions", .array([link] + (purchases == 0 ? [] : actions(String(purchases))))))
        if purchases > 0 {
            members.append(.init("action_values", .array(actions(HubSpotServer.money(purchases * 2900)))))
        }
        return .object(members.filter { asked.fields.contains($0.name) })
    }
}
