import Foundation
import Web

/// The company's campaigns as LinkedIn has them: every one a campaign group with two campaigns of one creative each.
struct LinkedInRows {
    let company: SeededCompany

    static let metrics: Set<String> = [
        "impressions", "clicks", "landingPageClicks", "costInLocalCurrency", "costInUsd", "externalWebsiteConversions",
        "externalWebsitePostClickConversions", "externalWebsitePostViewConversions",
        "conversionValueInLocalCurrency", "oneClickLeads", "oneClickLeadFormOpens", "likes", "comments", "shares",
        "follows", "totalEngagements", "videoViews", "videoCompletions", "approximateMemberReach",
        "approximateUniqueImpressions", "averageDailyReachMetrics",
    ]

    static func group(_ number: Int) -> Int64 { Int64(600_000 + number) }
    static func campaign(_ number: Int, _ half: Int) -> Int64 { Int64(700_000 + number * 2 + half) }
    static func creative(_ number: Int, _ half: Int) -> Int64 { Int64(800_000 + number * 2 + half) }

    private static func millis(_ date: Date) -> JSONValue { .int(Int64(date.timeIntervalSince1970 * 1000)) }

    private func stamps(_ campaign: SeededCompany.Campaign) -> JSONValue {
        [
            "created": ["time": Self.millis(campaign.createdAt)],
            "lastModified": ["time": Self.millis(campaign.updatedAt)],
        ]
    }

    var accounts: [JSONValue] {
        [
            [
                "id": .int(Int64(LinkedInAdsServer.accountID) ?? 0), "name": .string(company.name), "status": "ACTIVE",
                "type": "BUSINESS", "currency": .string(company.currency), "test": false,
            ],
            [
                "id": .int(Int64(LinkedInAdsServer.otherID) ?? 0), "name": "Another", "status": "ACTIVE",
                "type": "BUSINESS", "currency": "EUR",
                "test": true,
            ],
        ]
    }

    var groups: [JSONValue] {
        company.campaigns.map { campaign in
            [
                "id": .int(Self.group(campaign.number)), "name": .string(campaign.name),
                "status": campaign.isActive ? "ACTIVE" : "PAUSED",
                "account": .string("urn:li:sponsoredAccount:\(LinkedInAdsServer.accountID)"),
                "totalBudget": [
                    "amount": .string(HubSpotServer.money(campaign.dailyBudgetMinor * 30)),
                    "currencyCode": .string(company.currency),
                ],
                "runSchedule": ["start": Self.millis(campaign.startAt)], "objectiveType": "WEBSITE_CONVERSION",
                "test": false, "changeAuditStamps": stamps(campaign),
            ]
        }
    }

    var campaigns: [JSONValue] {
        company.campaigns.flatMap { campaign in
            (0..<2).map { half in
                [
                    "id": .int(Self.campaign(campaign.number, half)), "name": .string("\(campaign.name) / \(half)"),
                    "status": campaign.isActive ? "ACTIVE" : "PAUSED",
                    "campaignGroup": .string("urn:li:sponsoredCampaignGroup:\(Self.group(campaign.number))"),
                    "type": "SPONSORED_UPDATES", "costType": "CPM", "format": half == 0 ? "TEXT_AD" : "SINGLE_VIDEO",
                    "dailyBudget": [
                        "amount": .string(HubSpotServer.money(campaign.dailyBudgetMinor / 2)),
                        "currencyCode": .string(company.currency),
                    ],
                    "unitCost": ["amount": "4.5", "currencyCode": .string(company.currency)],
                    "optimizationTargetType": "MAX_CONVERSION", "changeAuditStamps": stamps(campaign),
                ]
            }
        }
    }

    var creatives: [JSONValue] {
        company.campaigns.flatMap { campaign in
            (0..<2).map { half in
                let text: JSONValue = [
                    "textAd": [
                        "headline": .string("Try \(campaign.name)"), "description": "Fresh every week.",
                        "landingPage": .string("https://\(company.domain)/\(campaign.number)"),
                    ]
                ]
                return [
                    "id": .string("urn:li:sponsoredCreative:\(Self.creative(campaign.number, half))"),
                    "campaign": .string("urn:li:sponsoredCampaign:\(Self.campaign(campaign.number, half))"),
                    "intendedStatus": campaign.isActive ? "ACTIVE" : "PAUSED", "isServing": true,
                    "review": ["status": "APPROVED"],
                    "content": half == 0 ? text : ["reference": "urn:li:ugcPost:77"],
                    "createdAt": Self.millis(campaign.createdAt), "lastModifiedAt": Self.millis(campaign.updatedAt),
                ]
            }
        }
    }

    // MARK: Analytics

    /// Days are UTC; without the right account there would simply be no rows.
    func analytics(_ pivot: String, _ from: String, _ to: String, _ fields: Set<String>) throws -> [JSONValue] {
        let days = company.adDays(from: from, to: to, in: "UTC")
        switch pivot {
        case "ACCOUNT":
            return Dictionary(grouping: days, by: \.day).sorted { $0.key < $1.key }.map { day, rows in
                let account = Int64(LinkedInAdsServer.accountID) ?? 0
                return row(Self.sum(rows, on: day), "sponsoredAccount", account, half: nil, fields)
            }
        case "CAMPAIGN_GROUP":
            return days.map { row($0, "sponsoredCampaignGroup", Self.group($0.campaign), half: nil, fields) }
        case "CAMPAIGN":
            return days.flatMap { day in
                (0..<2).map { row(day, "sponsoredCampaign", Self.campaign(day.campaign, $0), half: $0, fields) }
            }
        case "CREATIVE":
            return days.flatMap { day in
                (0..<2).map { row(day, "sponsoredCreative", Self.creative(day.campaign, $0), half: $0, fields) }
            }
        default: throw SheetViolation("pivot \(pivot)")
        }
    }

    private static func sum(_ rows: [SeededCompany.AdDay], on day: String) -> SeededCompany.AdDay {
        func all(_ figure: KeyPath<SeededCompany.AdDay, Int64>) -> Int64 { rows.reduce(0) { $0 + $1[keyPath: figure] } }
        return SeededCompany.AdDay(
            campaign: 0, day: day, spendMinor: all(\.spendMinor), impressions: all(\.impressions),
            clicks: all(\.clicks), conversions: all(\.conversions), valueMinor: all(\.valueMinor))
    }

    private func row(
        _ day: SeededCompany.AdDay, _ kind: String, _ id: Int64, half: Int?, _ fields: Set<String>
    ) -> JSONValue {
        func part(_ number: Int64) -> Int64 {
            switch half {
            case nil: number
            case 0: number / 2
            default: number - number / 2
            }
        }
        let numbers = day.day.split(separator: "-").compactMap { Int64($0) }
        let date: JSONValue = ["year": .int(numbers[0]), "month": .int(numbers[1]), "day": .int(numbers[2])]
        let conversions = part(day.conversions)
        let all: [JSONValue.Member] = [
            .init("pivotValues", [.string("urn:li:\(kind):\(id)")]),
            .init("dateRange", ["start": date, "end": date]), .init("impressions", .int(part(day.impressions))),
            .init("clicks", .int(part(day.clicks))),
            .init("costInLocalCurrency", .string(HubSpotServer.money(part(day.spendMinor)))),
            .init("externalWebsiteConversions", .int(conversions)),
            .init("externalWebsitePostClickConversions", .int(conversions - conversions / 3)),
            .init("externalWebsitePostViewConversions", .int(conversions / 3)),
            .init("conversionValueInLocalCurrency", .string(HubSpotServer.money(conversions * 2900))),
            .init("oneClickLeads", .int(0)), .init("videoViews", .int(0)),
            .init("approximateMemberReach", .int(part(day.impressions) / 2)),
        ]
        return .object(all.filter { fields.contains($0.name) })
    }
}
