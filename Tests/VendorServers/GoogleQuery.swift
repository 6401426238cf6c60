import Foundation
import Web

/// A GAQL query, checked against what the sheet lists.
struct GoogleQuery {
    let fields: [String]
    let resource: String
    let days: (from: String, to: String)?
    /// The one object asked for: its id's field and value.
    private var wanted: (field: String, id: String)?

    init(_ text: String) throws {
        guard text.hasPrefix("SELECT "), let from = text.range(of: " FROM ") else {
            throw SheetViolation("no GAQL: \(text)")
        }
        fields = text[text.index(text.startIndex, offsetBy: 7)..<from.lowerBound].split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }
        let rest = text[from.upperBound...]
        let parts = rest.components(separatedBy: " WHERE ")
        resource = parts[0].trimmingCharacters(in: .whitespaces)
        var days: (from: String, to: String)?
        for condition in parts.count > 1 ? parts[1].components(separatedBy: " AND ") : [] {
            if condition.hasPrefix("segments.date BETWEEN '") {
                days = (String(condition.dropFirst(23).prefix(10)), "")
            } else if days != nil, days?.to == "", condition.hasPrefix("'") {
                days?.to = String(condition.dropFirst().prefix(10))
            } else {
                guard condition.hasPrefix("\(resource).") else { throw SheetViolation("condition \(condition)") }
                let words = condition.split(separator: " ").map(String.init)
                if words.count == 3, words[0].hasSuffix(".id"), words[1] == "=" { wanted = (words[0], words[2]) }
            }
        }
        self.days = days
        try check()
    }

    func includes(_ row: [String: JSONValue]) -> Bool {
        guard let wanted else { return true }
        return row[wanted.field]?.stringValue == wanted.id
    }

    private func check() throws {
        guard let allowed = Self.allowed[resource] else { throw SheetViolation("no resource \(resource)") }
        for field in fields where !allowed.contains(field) && !Self.segments.contains(field) {
            guard field.hasPrefix("metrics."), Self.metrics.contains(field) else {
                throw SheetViolation("\(resource) has no field \(field)")
            }
        }
        let isDaily = fields.contains("segments.date")
        if isDaily != (days != nil) { throw SheetViolation("segments.date needs a finite window") }
        if let days, days.from.count != 10 || days.to.count != 10 || days.from > days.to {
            throw SheetViolation("dates \(days)")
        }
        if fields.contains(where: { $0.hasPrefix("metrics.") }) && !isDaily {
            throw SheetViolation("figures without a day")
        }
        let cost = ["metrics.cost_micros", "metrics.clicks", "metrics.impressions"]
        if fields.contains(where: { $0.hasPrefix("segments.conversion_action") }), fields.contains(where: cost.contains)
        {
            throw SheetViolation("PROHIBITED_SEGMENT_WITH_METRIC: conversion_action with cost")
        }
    }

    /// Only the selected fields, in camelCase; what is zero or unset is left out.
    func picked(_ row: [String: JSONValue]) -> JSONValue {
        var result = JSONValue.object([])
        for field in fields {
            guard let value = row[field], value != .null, value != .string("0"), value != .double(0) else { continue }
            result = Self.putting(value, field.split(separator: ".").map { Self.camel($0) }[...], into: result)
        }
        return result
    }

    private static func camel(_ name: Substring) -> String {
        let words = name.split(separator: "_")
        return words.enumerated().map { $0.offset == 0 ? String($0.element) : $0.element.capitalized }.joined()
    }

    private static func putting(_ value: JSONValue, _ path: ArraySlice<String>, into object: JSONValue) -> JSONValue {
        guard let name = path.first, case .object(var members) = object else { return value }
        let inner = members.first { $0.name == name }?.value ?? .object([])
        let new = path.count == 1 ? value : putting(value, path.dropFirst(), into: inner)
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index] = .init(name, new)
        } else {
            members.append(.init(name, new))
        }
        return .object(members)
    }

    private static let segments: Set<String> = [
        "segments.date", "segments.conversion_action", "segments.conversion_action_name",
        "segments.conversion_action_category",
    ]
    private static let metrics: Set<String> = Set(
        [
            "impressions", "clicks", "cost_micros", "conversions", "conversions_value", "all_conversions",
            "all_conversions_value", "view_through_conversions", "engagements", "video_trueview_views", "ctr",
            "average_cpc",
        ].map { "metrics.\($0)" })
    private static let allowed: [String: Set<String>] = [
        "customer": Set(
            ["id", "descriptive_name", "currency_code", "time_zone", "manager", "test_account", "status"]
                .map { "customer.\($0)" }),
        "customer_client": Set(
            [
                "id", "descriptive_name", "currency_code", "time_zone", "manager", "level", "status", "hidden",
                "test_account",
            ].map { "customer_client.\($0)" }),
        "campaign": Set(
            [
                "id", "name", "status", "primary_status", "advertising_channel_type", "bidding_strategy_type",
                "start_date_time", "end_date_time", "campaign_budget",
            ].map { "campaign.\($0)" } + budget),
        "ad_group": Set(
            ["id", "name", "status", "type", "cpc_bid_micros", "campaign"].map { "ad_group.\($0)" } + ["campaign.id"]),
        "ad_group_ad": Set(
            [
                "status", "ad.id", "ad.type", "ad.name", "ad.final_urls", "ad.responsive_search_ad.headlines",
                "ad.responsive_search_ad.descriptions", "ad_strength", "policy_summary.approval_status",
            ].map { "ad_group_ad.\($0)" } + ["ad_group.id", "campaign.id"]),
        "asset_group": ["asset_group.id", "asset_group.name", "asset_group.status", "campaign.id"],
        "asset_group_asset": [
            "asset_group_asset.field_type", "asset_group_asset.status", "asset_group.id", "campaign.id", "asset.id",
            "asset.name", "asset.type", "asset.text_asset.text", "asset.image_asset.full_size.url",
            "asset.youtube_video_asset.youtube_video_id",
        ],
    ]
    private static let budget = ["id", "amount_micros", "period", "explicitly_shared"].map { "campaign_budget.\($0)" }
}

/// The company's campaigns as Google has them: every campaign with two ad groups of one ad each.
struct GoogleRows {
    let company: SeededCompany
    let customerID: String
    let isManager: Bool

    func rows(_ query: GoogleQuery) -> [[String: JSONValue]] {
        switch query.resource {
        case "customer": query.days.map(accountDays) ?? [customer]
        case "customer_client":
            [
                client(GoogleAdsServer.customerID, company.name),
                client(GoogleAdsServer.wholesaleID, VendorWorld.wholesaleName),
            ]
        case "campaign": query.days.map { campaignDays(query, $0) } ?? company.campaigns.map(campaign)
        case "ad_group": query.days.map(groupDays) ?? company.campaigns.flatMap { groups(of: $0).map(\.row) }
        case "ad_group_ad": query.days.map(groupDays) ?? company.campaigns.flatMap { groups(of: $0).map(\.ad) }
        case "asset_group": query.days == nil ? [assetGroup] : []
        case "asset_group_asset": [asset]
        default: []
        }
    }

    private var customer: [String: JSONValue] {
        [
            "customer.id": .string(customerID),
            "customer.descriptive_name": .string(
                customerID == GoogleAdsServer.wholesaleID ? VendorWorld.wholesaleName : company.name),
            "customer.currency_code": .string(company.currency),
            "customer.time_zone": .string(company.timeZone), "customer.manager": .bool(isManager),
            "customer.test_account": false, "customer.status": "ENABLED",
        ]
    }

    private func client(_ id: String, _ name: String) -> [String: JSONValue] {
        [
            "customer_client.id": .string(id), "customer_client.descriptive_name": .string(name),
            "customer_client.currency_code": .string(company.currency),
            "customer_client.time_zone": .string(company.timeZone), "customer_client.manager": false,
            "customer_client.test_account": false, "customer_client.level": "1", "customer_client.status": "ENABLED",
            "customer_client.hidden": false,
        ]
    }

    private func campaign(_ campaign: SeededCompany.Campaign) -> [String: JSONValue] {
        let budget = String(500 + campaign.number)
        return [
            "campaign.id": .string(Self.id(campaign.number)), "campaign.name": .string(campaign.name),
            "campaign.status": campaign.isActive ? "ENABLED" : "PAUSED",
            "campaign.primary_status": campaign.isActive ? "ELIGIBLE" : "PAUSED",
            "campaign.advertising_channel_type": campaign.number == 1 ? "PERFORMANCE_MAX" : "SEARCH",
            "campaign.bidding_strategy_type": "MAXIMIZE_CONVERSIONS",
            "campaign.start_date_time": .string(company.dayText(campaign.startAt) + " 00:00:00"),
            "campaign.campaign_budget": .string("customers/\(GoogleAdsServer.customerID)/campaignBudgets/\(budget)"),
            "campaign_budget.id": .string(budget), "campaign_budget.period": "DAILY",
            "campaign_budget.amount_micros": .string(String(campaign.dailyBudgetMinor * 10_000)),
            "campaign_budget.explicitly_shared": .bool(campaign.number == 2),
        ]
    }

    static func id(_ campaign: Int) -> String { String(7_000 + campaign) }

    private func groups(of campaign: SeededCompany.Campaign) -> [(row: [String: JSONValue], ad: [String: JSONValue])] {
        (0..<2).map { half in
            let group = Self.group(campaign.number, half)
            let common: [String: JSONValue] = [
                "ad_group.id": .string(group), "campaign.id": .string(Self.id(campaign.number)),
            ]
            let row: [String: JSONValue] = [
                "ad_group.name": .string("\(campaign.name) / \(half)"), "ad_group.status": "ENABLED",
                "ad_group.type": "SEARCH_STANDARD", "ad_group.cpc_bid_micros": "1250000",
            ]
            let ad: [String: JSONValue] = [
                "ad_group_ad.status": half == 0 ? "ENABLED" : "PAUSED", "ad_group_ad.ad.id": .string(Self.ad(group)),
                "ad_group_ad.ad.type": "RESPONSIVE_SEARCH_AD",
                "ad_group_ad.ad.final_urls": [.string("https://\(company.domain)/\(campaign.number)")],
                "ad_group_ad.ad.responsive_search_ad.headlines": [["text": .string("Try \(campaign.name)")]],
                "ad_group_ad.ad.responsive_search_ad.descriptions": [["text": "Fresh every week."]],
                "ad_group_ad.policy_summary.approval_status": "APPROVED",
            ]
            return (common.merging(row) { $1 }, common.merging(ad) { $1 })
        }
    }

    static func group(_ campaign: Int, _ half: Int) -> String { String(80_000 + campaign * 2 + half) }
    static func ad(_ group: String) -> String { "9\(group)" }

    private var assetGroup: [String: JSONValue] {
        [
            "asset_group.id": "6001", "asset_group.name": "All products", "asset_group.status": "ENABLED",
            "campaign.id": .string(Self.id(1)),
        ]
    }

    private var asset: [String: JSONValue] {
        [
            "asset_group_asset.field_type": "HEADLINE", "asset_group_asset.status": "ENABLED",
            "asset_group.id": "6001", "campaign.id": .string(Self.id(1)), "asset.id": "4001", "asset.type": "TEXT",
            "asset.text_asset.text": "Coffee that travels",
        ]
    }

    // MARK: Figures

    private func accountDays(_ days: (from: String, to: String)) -> [[String: JSONValue]] {
        Dictionary(grouping: company.adDays(from: days.from, to: days.to), by: \.day).sorted { $0.key < $1.key }.map {
            let cost = $0.value.reduce(0) { $0 + $1.spendMinor } * 10_000
            return ["segments.date": .string($0.key), "metrics.cost_micros": .string(String(cost))]
        }
    }

    private func campaignDays(_ query: GoogleQuery, _ days: (from: String, to: String)) -> [[String: JSONValue]] {
        let isByAction = query.fields.contains("segments.conversion_action_name")
        return company.adDays(from: days.from, to: days.to).compactMap { day in
            var row = Self.figures(day, spend: day.spendMinor, clicks: day.clicks, conversions: day.conversions)
            row["campaign.id"] = .string(Self.id(day.campaign))
            row["segments.date"] = .string(day.day)
            guard isByAction else { return row }
            row["segments.conversion_action"] = "customers/1234567890/conversionActions/55"
            row["segments.conversion_action_name"] = "Purchase"
            row["segments.conversion_action_category"] = "PURCHASE"
            return day.conversions == 0 ? nil : row
        }
    }

    /// Half of the campaign's figures for each of its groups; the odd rest goes to the second.
    private func groupDays(_ days: (from: String, to: String)) -> [[String: JSONValue]] {
        company.adDays(from: days.from, to: days.to).flatMap { day in
            (0..<2).map { half in
                func part(_ number: Int64) -> Int64 { half == 0 ? number / 2 : number - number / 2 }
                var row = Self.figures(
                    day, spend: part(day.spendMinor), clicks: part(day.clicks), conversions: part(day.conversions))
                let group = Self.group(day.campaign, half)
                row["ad_group.id"] = .string(group)
                row["ad_group_ad.ad.id"] = .string(Self.ad(group))
                row["segments.date"] = .string(day.day)
                return row
            }
        }
    }

    private static func figures(
        _ day: SeededCompany.AdDay, spend: Int64, clicks: Int64, conversions: Int64
    ) -> [String: JSONValue] {
        [
            "metrics.cost_micros": .string(String(spend * 10_000)), "metrics.clicks": .string(String(clicks)),
            "metrics.impressions": .string(String(clicks * 40)), "metrics.conversions": .double(Double(conversions)),
            "metrics.conversions_value": .double(Double(conversions) * 29), "metrics.engagements": "0",
        ]
    }
}
