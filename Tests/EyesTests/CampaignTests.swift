import BSON
import Customers
import Foundation
import Learning
import Mongo
import Tenancy
import Testing
import Vault

@testable import Eyes

@Suite("Retention campaigns", .serialized)
struct CampaignTests {
    private static let builder = AudienceBuilder(
        campaignID: "rcm_1", channel: .email, target: nil, holdoutShare: 0.1, seed: 42)

    private static func candidates(_ count: Int) -> [AudienceBuilder.Candidate] {
        (0..<count).map { .init(customerID: Shop.name($0), chance: 0.5, spend90Minor: 1_000) }
    }

    @Test("consent, cap, budget and lot: everybody is counted once, and the draw depends on the seed alone")
    func freezing() {
        let candidates = Self.candidates(100)
        let usable = Set(candidates.dropFirst(20).map(\.customerID))
        let capped = Set(candidates.prefix(30).map(\.customerID))
        let frozen = Self.builder.freeze(candidates, usable: usable, capped: capped, most: 45)
        #expect(frozen.audience.selected == 100)
        #expect(frozen.audience.withoutConsent == 20)
        #expect(frozen.audience.capped == 10)
        #expect(frozen.audience.treated == 45 && frozen.audience.held == 5)
        #expect(frozen.audience.beyondBudget == 20)
        let ids = Set(frozen.people.map(\.customerID))
        #expect(ids.isSubset(of: usable) && ids.isDisjoint(with: capped))
        #expect(frozen.people.map(\.customerID) == candidates[30..<80].map(\.customerID), "from the top of the list")
        let again = Self.builder.freeze(candidates.reversed(), usable: usable, capped: capped, most: nil)
        let all = Self.builder.freeze(candidates, usable: usable, capped: capped, most: nil)
        #expect(again.audience.hash == all.audience.hash)
        var other = AudienceBuilder(
            campaignID: "rcm_1", channel: .email, target: nil, holdoutShare: 0.1, seed: 43)
        #expect(other.freeze(candidates, usable: usable, capped: capped, most: nil).audience.hash != all.audience.hash)
        other = AudienceBuilder(campaignID: "rcm_1", channel: .sms, target: nil, holdoutShare: 0.1, seed: 42)
        #expect(other.hash(all.people) != all.audience.hash, "another channel is another agreement")
        #expect(Self.builder.freeze([], usable: [], capped: [], most: nil).audience.people == 0)
    }

    /// Everybody agrees to analysis, four in five to e-mail.
    private static func prepare(_ house: EyesHouse) async throws -> StoredRun {
        try await house.fill(700)
        try await house.write(
            (0..<700).filter { $0 % 5 != 0 }.map { EyesHouse.consent($0, purpose: .emailMarketing) })
        return try await house.run()
    }

    private static func draft(_ run: StoredRun, cut: Int? = 60, name: String = "June") throws -> CampaignDraft {
        let report = try #require(run.result.horizons.last { $0.state.hasProbabilities })
        return CampaignDraft(
            name: name, list: ListQuery(filter: ChurnFilter(horizon: report.horizon), cut: cut), channel: .email,
            confirmsProvisional: true)
    }

    @Test("only who agreed to the channel is in; nobody of the hold-out or of those without consent is in the file")
    func file() async throws {
        try await EyesHouse.open { house in
            let run = try await Self.prepare(house)
            let campaigns = EyesCampaigns(service: house.service)
            let campaign = try await campaigns.create(house.scope, try Self.draft(run), requestID: nil)
            #expect(campaign.audience.selected == 60)
            #expect(campaign.audience.withoutConsent > 0)
            #expect(
                campaign.audience.people + campaign.audience.withoutConsent == campaign.audience.selected)
            let expected = try #require(campaign.expected)
            #expect(expected.costMinor == 100 * Int64(campaign.audience.treated))
            let hash = campaign.audience.hash
            await #expect(throws: CampaignRefusal.notApproved) {
                _ = try await campaigns.execute(house.scope, campaign.id, hash: hash, requestID: nil)
            }
            await #expect(throws: CampaignRefusal.audienceChanged) {
                _ = try await campaigns.approve(house.scope, campaign.id, hash: "0", requestID: nil)
            }
            _ = try await campaigns.approve(house.scope, campaign.id, hash: hash, requestID: nil)
            let active = try await campaigns.execute(house.scope, campaign.id, hash: hash, requestID: nil)
            #expect(active.state == .active)
            await #expect(throws: CampaignRefusal.alreadyDecided) {
                _ = try await campaigns.execute(house.scope, campaign.id, hash: hash, requestID: nil)
            }
            let people = try await campaigns.store(house.scope).people(of: campaign.id)
            let without = try await house.customerIDs((0..<700).filter { $0 % 5 == 0 })
            #expect(without.isDisjoint(with: people.map(\.customerID)))
            let csv = try await CampaignFile(campaigns: campaigns, scope: house.scope).csv(active, requestID: nil)
            let lines = String(decoding: csv, as: UTF8.self).split(separator: "\r\n").dropFirst()
            let listed = Set(lines.map { String($0.prefix { $0 != "," }) })
            #expect(listed == Set(people.filter { !$0.held }.map(\.customerID)))
            #expect(listed.count == campaign.audience.treated)
            // Somebody withdraws afterwards: the file drops them.
            let gone = try #require(people.first { !$0.held })
            let number = try #require(try await house.number(of: gone.customerID))
            try await house.write([
                EyesHouse.consent(
                    number, purpose: .emailMarketing, state: .withdrawn,
                    collected: EyesHouse.now.addingTimeInterval(-60))
            ])
            let later = try await CampaignFile(campaigns: campaigns, scope: house.scope).csv(active, requestID: nil)
            #expect(!String(decoding: later, as: UTF8.self).contains(gone.customerID))
            #expect(try await campaigns.get(house.other, campaign.id) == nil)
        }
    }

    @Test("a changed audience is refused: withdrawn consent, tampered rows, and a second campaign for the same people")
    func changed() async throws {
        try await EyesHouse.open { house in
            let run = try await Self.prepare(house)
            let campaigns = EyesCampaigns(service: house.service)
            let first = try await campaigns.create(house.scope, try Self.draft(run), requestID: nil)
            let second = try await campaigns.create(house.scope, try Self.draft(run, name: "Again"), requestID: nil)
            for campaign in [first, second] {
                _ = try await campaigns.approve(
                    house.scope, campaign.id, hash: campaign.audience.hash, requestID: nil)
            }
            _ = try await campaigns.execute(house.scope, first.id, hash: first.audience.hash, requestID: nil)
            await #expect(throws: CampaignRefusal.audienceChanged, "at most one campaign in fourteen days") {
                _ = try await campaigns.execute(house.scope, second.id, hash: second.audience.hash, requestID: nil)
            }
            await #expect(throws: CampaignRefusal.nobody) {
                _ = try await campaigns.refresh(house.scope, second.id, requestID: nil)
            }
            let wider = try await campaigns.create(
                house.scope, try Self.draft(run, cut: 120, name: "Wider"), requestID: nil)
            #expect(wider.audience.capped == first.audience.people)

            // Two weeks later they are free again.
            house.time.advance(by: 15 * 86_400)
            let free = try await campaigns.refresh(house.scope, second.id, requestID: nil)
            #expect(free.state == .draft && free.approved == nil && free.audience.capped == 0)
            _ = try await campaigns.approve(house.scope, free.id, hash: free.audience.hash, requestID: nil)
            let member = try #require(try await campaigns.store(house.scope).people(of: free.id).first)
            let number = try #require(try await house.number(of: member.customerID))
            try await house.write([
                EyesHouse.consent(
                    number, purpose: .emailMarketing, state: .withdrawn,
                    collected: EyesHouse.now.addingTimeInterval(14 * 86_400))
            ])
            await #expect(throws: CampaignRefusal.audienceChanged) {
                _ = try await campaigns.execute(house.scope, free.id, hash: free.audience.hash, requestID: nil)
            }
            let fresh = try await campaigns.refresh(house.scope, second.id, requestID: nil)
            _ = try await campaigns.approve(house.scope, fresh.id, hash: fresh.audience.hash, requestID: nil)
            let held = try #require(try await campaigns.store(house.scope).people(of: fresh.id, held: true).first)
            _ = try await house.database.collection("eyes_campaign_people").update(
                ["_id": .string(held.id)], ["$set": ["held": false]])
            await #expect(throws: CampaignRefusal.audienceChanged, "the stored rows are not what was agreed to") {
                _ = try await campaigns.execute(house.scope, fresh.id, hash: fresh.audience.hash, requestID: nil)
            }
        }
    }

    @Test("without a run, with a bad field, or with a provisional model unconfirmed there is no campaign")
    func refused() async throws {
        try await EyesHouse.open { house in
            let campaigns = EyesCampaigns(service: house.service)
            var draft = CampaignDraft(
                name: "x", list: ListQuery(filter: ChurnFilter(horizon: .days90)), channel: .email)
            await #expect(throws: CampaignRefusal.neverRan) {
                _ = try await campaigns.create(house.scope, draft, requestID: nil)
            }
            draft.holdoutShare = 0.6
            await #expect(throws: CampaignProblems(fields: ["holdout_share"])) {
                _ = try await campaigns.create(house.scope, draft, requestID: nil)
            }
            let run = try await Self.prepare(house)
            for report in run.result.horizons {
                var own = try Self.draft(run)
                own.list.filter.horizon = report.horizon
                own.confirmsProvisional = false
                let expected: CampaignRefusal? =
                    !report.state.hasProbabilities
                    ? .noUsableModel : (report.state == .accepted ? nil : .confirmProvisional)
                do {
                    _ = try await campaigns.create(house.scope, own, requestID: nil)
                    #expect(expected == nil)
                } catch let refusal as CampaignRefusal {
                    #expect(refusal == expected)
                }
            }
        }
    }

    @Test("a hand-over that fails leaves nobody marked, and one that works names only those to be written to")
    func handOver() async throws {
        try await EyesHouse.open { house in
            let run = try await Self.prepare(house)
            let target = CampaignTarget(connectionID: "con_1", platform: "klaviyo", label: "Mail", listID: "L1")
            var draft = try Self.draft(run)
            draft.target = target
            struct Away: Error {}
            let broken = EyesCampaigns(
                service: house.service, hooks: CampaignHooks(handOver: { _, _, _ in throw Away() }))
            let campaign = try await broken.create(house.scope, draft, requestID: nil)
            let hash = campaign.audience.hash
            _ = try await broken.approve(house.scope, campaign.id, hash: hash, requestID: nil)
            await #expect(throws: Away.self) {
                _ = try await broken.execute(house.scope, campaign.id, hash: hash, requestID: nil)
            }
            let store = CampaignStore(scope: house.scope, database: house.database)
            #expect(try await store.get(campaign.id)?.state == .approved)
            #expect(try await store.people(of: campaign.id).allSatisfy { $0.contactedAt == nil })
            let told = Told()
            let working = EyesCampaigns(
                service: house.service,
                hooks: CampaignHooks(handOver: { _, over, _ in
                    await told.note(over.customerIDs)
                    return ["apr_1"]
                }))
            let done = try await working.execute(house.scope, campaign.id, hash: hash, requestID: nil)
            #expect(done.approvalIDs == ["apr_1"] && done.state == .active)
            let treated = try await store.people(of: campaign.id, held: false).map(\.customerID)
            #expect(await told.ids == treated)
        }
    }

    @Test("when the window has closed the uplift is counted from the orders, with its interval")
    func measured() async throws {
        try await EyesHouse.open { house in
            let run = try await Self.prepare(house)
            let campaigns = EyesCampaigns(service: house.service)
            var draft = try Self.draft(run, cut: 200)
            draft.holdoutShare = 0.5
            let campaign = try await campaigns.create(house.scope, draft, requestID: nil)
            _ = try await campaigns.approve(
                house.scope, campaign.id, hash: campaign.audience.hash, requestID: nil)
            _ = try await campaigns.execute(
                house.scope, campaign.id, hash: campaign.audience.hash, requestID: nil)
            let day = EyesHouse.today + 1
            let days = campaign.origin.horizon.days
            try await campaigns.measure(house.scope, dataUntilDay: day + days - 1)
            #expect(try await campaigns.get(house.scope, campaign.id)?.state == .active, "not closed yet")

            let people = try await campaigns.store(house.scope).people(of: campaign.id)
            let treated = people.filter { !$0.held }
            var numbers: [Int] = []
            for person in treated.prefix(treated.count / 2) {
                numbers.append(try #require(try await house.number(of: person.customerID)))
            }
            try await house.order(numbers, onDay: day + 3)
            house.time.advance(by: Double(days + 3) * 86_400)
            try await campaigns.measure(house.scope, dataUntilDay: day + days)
            let result = try #require(try await campaigns.get(house.scope, campaign.id)?.result)
            #expect(result.uplift.treatedCount == treated.count)
            #expect(result.uplift.heldCount == people.count - treated.count)
            #expect(abs(result.uplift.treated.estimate - Double(numbers.count) / Double(treated.count)) < 1e-12)
            #expect(result.uplift.held.estimate == 0 && result.uplift.isClear)
            #expect(result.fromDay == day && result.closedDay == day + days && result.notLookedAt == 0)
        }
    }
}

private actor Told {
    private(set) var ids: [String] = []

    func note(_ more: [String]) { ids += more }
}
