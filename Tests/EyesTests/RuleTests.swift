import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Tenancy
import Testing
import Vault
import Web

@testable import Eyes

@Suite("Segments by rule", .serialized)
struct RuleTests {
    private static let quiet = Rule(.all, [RuleCondition(.daysSinceOrder, .atLeast, .number(60))])

    /// Works until no job of rules waits.
    private static func build(_ house: EyesHouse) async throws {
        let job = RulesJob(rules: EyesRules(service: house.service), memberships: house.memberships)
        let (queue, organizationID) = (house.queue, house.scope.organizationID)
        try await house.work([job]) {
            let jobs = try await queue.list(partition: organizationID, kind: RulesJob.kind)
            if let failed = jobs.first(where: { $0.state == .failed }) {
                throw HouseError("rules failed: \(failed.error ?? "") \(failed.errorDetail ?? "")")
            }
            return jobs.allSatisfy(\.state.isFinal)
        }
    }

    private static func made(_ house: EyesHouse, _ name: String, _ rule: Rule) async throws -> StoredRule {
        let rules = EyesRules(service: house.service)
        let made = try await rules.create(house.scope, name: name, rule, requestID: nil)
        try await build(house)
        return try require2(try await rules.get(house.scope, made.id))
    }

    @Test("members are those of a recount from the shop; their reasons give the membership again")
    func membership() async throws {
        try await EyesHouse.open { house in
            // One in five has not consented.
            try await house.fill(300) { $0 % 5 == 0 ? nil : EyesHouse.consent($0) }
            let shop = Shop.generated(300, days: 640, seed: 4, lastDay: EyesHouse.today - 1)
            let rule = Rule(
                .all, [RuleCondition(.daysSinceOrder, .atLeast, .number(60))],
                groups: [
                    RuleGroup(
                        .any,
                        [
                            RuleCondition(.orders, .atLeast, .number(2), days: 365),
                            RuleCondition(.totalSpent, .atLeast, .number(50_000)),
                        ])
                ])
            let stored = try await Self.made(house, "Quiet, once good", rule)
            var expected: Set<String> = []
            var without = 0
            for place in shop.customers.indices {
                let orders = shop.orders(of: place)
                guard let last = orders.last, EyesHouse.today - Int(last.day) >= 60 else { continue }
                let yearly = orders.count { Int($0.day) >= EyesHouse.today - 365 }
                guard yearly >= 2 || orders.reduce(0, { $0 + $1.amountMinor }) >= 50_000 else { continue }
                let number = try require2(Int(shop.customers[place].dropFirst()))
                if number % 5 == 0 {
                    without += 1
                } else {
                    expected.formUnion(try await house.customerIDs([number]))
                }
            }
            #expect(expected.count > 10 && without > 0)
            let store = EyesRules(service: house.service).store(house.scope)
            let members = try await store.members(stored, after: nil, limit: 1_000)
            #expect(Set(members.map(\.customerID)) == expected)
            #expect(stored.built?.size == expected.count && stored.built?.leftOut == without)
            #expect(stored.built?.population == 240)
            for member in members {
                #expect(stored.rule.holds(member.facts), "the stored facts say again that they are in")
            }
            // And asked again, facts of everybody give the same membership.
            let rules = EyesRules(service: house.service)
            let reading = try await CustomerStore(house.scope, house.database).open(
                purpose: .marketingAnalytics, consentAt: EyesHouse.now)
            let reader = RuleFactReader(
                scope: house.scope, database: house.database, reading: reading,
                context: try await rules.context(house.scope, [rule], known: [stored]))
            let facts = try await reader.facts(of: reading.customers, rule.leaves)
            let again = zip(reading.customers, facts).filter { rule.holds($0.1) }.map(\.0)
            #expect(Set(again) == expected)
            let estimate = try await rules.estimate(house.scope, rule)
            #expect(estimate.estimate.isExact && estimate.estimate.size == expected.count)
            #expect(estimate.estimate.leftOut == without)
            #expect(estimate.examples.count == 5 && estimate.examples.allSatisfy { expected.contains($0.customerID) })
            #expect(try await store.members(stored, among: reading.customers).count == expected.count)
            #expect(try await EyesRules(service: house.service).get(house.other, stored.id) == nil)
        }
    }

    @Test("events count within their days, machines never; nested rules read the stored membership")
    func events() async throws {
        try await EyesHouse.open { house in
            try await house.fill(60)
            var events: [EyesHouse.SomeEvent] = []
            for customer in 0..<20 { events.append((customer, "page_view", 10, "web", false)) }
            for customer in 0..<10 { events.append((customer, "page_view", 20, "web", false)) }
            for customer in 20..<30 { events.append((customer, "page_view", 5, "web", true)) }
            for customer in 30..<40 { events.append((customer, "page_view", 45, "web", false)) }
            for customer in 40..<50 { events.append((customer, "login", 5, "web", false)) }
            try await house.write(events: events)
            let viewed = Rule(.all, [RuleCondition(.event, .atLeast, .number(1), days: 30, event: "page_view")])
            let once = try await Self.made(house, "Viewed", viewed)
            #expect(once.built?.size == 20)
            let nested = try await Self.made(
                house, "Viewed once",
                Rule(
                    .all,
                    [
                        RuleCondition(.segment, .is, .text(once.id)),
                        RuleCondition(.event, .atMost, .number(1), days: 30, event: "page_view"),
                    ]))
            #expect(nested.built?.size == 10)
            let rules = EyesRules(service: house.service)
            #expect(try await rules.uses(house.scope, once.id).rules.map(\.id) == [nested.id])
            await #expect(throws: RuleRefusal.inUse) {
                try await rules.delete(house.scope, once.id, requestID: nil)
            }
            // A change of the inner one is carried to the outer one by the same job.
            let wider = Rule(.all, [RuleCondition(.event, .atLeast, .number(2), days: 30, event: "page_view")])
            _ = try await rules.change(house.scope, once.id, name: nil, rule: wider, version: 1, requestID: nil)
            await #expect(throws: RuleRefusal.changed) {
                _ = try await rules.change(house.scope, once.id, name: "x", rule: nil, version: 1, requestID: nil)
            }
            try await Self.build(house)
            #expect(try await rules.get(house.scope, once.id)?.built?.size == 10)
            #expect(try await rules.get(house.scope, nested.id)?.built?.size == 0)
            await #expect(throws: RuleProblems.self, "a circle") {
                _ = try await rules.change(
                    house.scope, once.id, name: nil,
                    rule: Rule(.all, [RuleCondition(.segment, .is, .text(nested.id))]), version: nil, requestID: nil)
            }
            try await rules.delete(house.scope, nested.id, requestID: nil)
            try await rules.delete(house.scope, once.id, requestID: nil)
            #expect(try await rules.list(house.scope).isEmpty)
            #expect(try await house.database.collection("eyes_rule_members").count([:], limit: nil) == 0)
        }
    }

    @Test("scores of the run are asked; lists, files and campaigns take the segment; the next run builds it anew")
    func lists() async throws {
        try await EyesHouse.open { house in
            try await house.fill(700)
            try await house.write((0..<700).map { EyesHouse.consent($0, purpose: .emailMarketing) })
            let run = try await house.run()
            let report = try #require(run.result.horizons.last { $0.state.hasProbabilities })
            let horizon = report.horizon
            let store = EyesStore(house.scope, house.database)
            let all = try await store.scores(ScoreQuery(horizon: horizon, limit: 10_000), runID: run.id)
            let limit = 0.5
            let risky = all.filter { ($0.score(horizon)?.probability ?? 0) >= limit }
            let rule = Rule(.all, [RuleCondition(.riskScore, .atLeast, .number(limit), horizon: horizon)])
            let stored = try await Self.made(house, "Risky", rule)
            #expect(stored.built?.size == risky.count && stored.built?.runID == run.id)
            let published = try #require(try await house.service.published(house.scope))
            let filter = ChurnFilter(horizon: horizon, segmentID: stored.id)
            let page = try await ChurnPage.load(
                house.service, house.scope, published, filter, fromPlace: 0, limit: 10)
            #expect(page.total == risky.count)
            #expect(page.rows.map(\.customerID) == risky.prefix(10).map(\.customerID), "in the list's order")
            let rest = try await ChurnPage.load(
                house.service, house.scope, published, filter, fromPlace: page.nextPlace ?? 0, limit: 10_000)
            #expect(page.rows.count + rest.rows.count == risky.count)
            let export = ScoreExport(
                service: house.service, scope: house.scope, published: published,
                list: ListQuery(filter: filter, cut: 7), format: .jsonl, speech: try house.speech())
            #expect(try await export.rowCount() == 7)
            let draft = CampaignDraft(
                name: "June", list: ListQuery(filter: filter), channel: .email, confirmsProvisional: true)
            let campaign = try await EyesCampaigns(service: house.service).create(house.scope, draft, requestID: nil)
            #expect(campaign.audience.selected == risky.count)
            let rules = EyesRules(service: house.service)
            #expect(try await rules.uses(house.scope, stored.id).campaigns.map(\.id) == [campaign.id])
            await #expect(throws: RuleRefusal.inUse) {
                try await rules.delete(house.scope, stored.id, requestID: nil)
            }
            // Nobody of another organization is reached by the id.
            let foreign = ChurnFilter(horizon: horizon, segmentID: "rul_nobody")
            #expect(try await ChurnPage.query(house.service, house.scope, foreign, published) == nil)
            let segment = try #require(published.segments.first)
            let members = try await Self.made(
                house, "In the first", Rule(.all, [RuleCondition(.segment, .is, .text(segment.id))]))
            #expect(members.built?.size == segment.size)
            try await house.order([1, 2, 3], onDay: EyesHouse.today - 1)
            let second = try await house.run()
            #expect(second.id != run.id)
            try await Self.build(house)
            let after = try #require(try await rules.get(house.scope, stored.id)?.built)
            #expect(after.runID == second.id && after.number > 1)
            let now = try #require(try await house.service.published(house.scope))
            let goesOn = now.segments.first { $0.previousID == segment.id }
            let built = try #require(try await rules.get(house.scope, members.id)?.built)
            #expect(built.size == goesOn?.size ?? 0, "a segment is followed into the next run")
        }
    }

    @Test("a sample of a large organization is estimated with an error; whoever withdraws is not shown")
    func pages() async throws {
        try await EyesHouse.open { house in
            try await house.fill(60)
            let stored = try await Self.made(house, "Quiet", Self.quiet)
            let rules = EyesRules(service: house.service)
            let members = try await rules.sample(house.scope, stored)
            #expect(members.count == 5)
            for locale in [AppLocale.en, .es] {
                let badges = try await CustomerStore(house.scope, house.database).badges(members.map(\.customerID))
                let speech = try await rules.speech(house.scope, try house.speech(locale), [stored])
                let pages = RulePages(speech: speech, paths: EyesPaths(slug: "shop"), now: EyesHouse.now)
                let page = pages.one(
                    .init(
                        rule: stored, sample: members.map { ($0, badges[$0.customerID]) },
                        uses: try await rules.uses(house.scope, stored.id), campaignHref: nil, churnHref: nil,
                        mayWrite: true))
                let list = pages.list([stored], mayWrite: true)
                let (estimate, examples) = try await rules.estimate(house.scope, Self.quiet)
                let answer = pages.answer(Self.quiet, estimate, examples, badges)
                let about = pages.size(
                    RuleEstimate(size: 120, low: 100, high: 140, leftOut: 3, asked: 50, population: 600))
                for text in [page.title, page.main.html, list.title, list.main.html, answer.html, about] {
                    #expect(!text.contains("eyes.") && !text.contains("{"), "\(text)")
                }
                #expect(about.contains("100") && about.contains("140") && about.contains("600"))
            }
            let gone = try #require(try await house.number(of: members[0].customerID))
            try await house.write([
                EyesHouse.consent(
                    gone, state: .withdrawn, collected: EyesHouse.now.addingTimeInterval(-60))
            ])
            let (estimate, examples) = try await rules.estimate(house.scope, Self.quiet)
            #expect(estimate.size == (stored.built?.size ?? 0) - 1 && estimate.leftOut == 1)
            #expect(!examples.contains { $0.customerID == members[0].customerID })
        }
    }
}
