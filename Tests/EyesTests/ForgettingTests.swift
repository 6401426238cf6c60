import BSON
import Customers
import Foundation
import Learning
import Mongo
import Tenancy
import Testing
import Vault

@testable import Eyes

@Suite("Forgetting people", .serialized)
struct ForgettingTests {
    /// Every collection of EYES that still names somebody, looked through byte by byte.
    private func traces(of customer: String, _ house: EyesHouse) async throws -> [String] {
        var found: [String] = []
        for spec in Eyes.collections where spec.name.hasPrefix("eyes_") && spec.name != "eyes_run_inputs" {
            let documents = try await house.database.collection(spec.name).find(
                ["organization_id": .string(house.scope.organizationID)])
            if documents.contains(where: { "\($0)".contains(customer) }) { found.append(spec.name) }
        }
        let store = EyesStore(house.scope, house.database)
        for run in try await store.runSummaries(limit: 100) {
            if try await store.input(of: run.id)?.archive.snapshot.customers.contains(customer) ?? false {
                found.append("eyes_run_inputs")
            }
        }
        return found.uniqued()
    }

    @Test("a person who is forgotten leaves scores, groups, flows, campaigns, reviews and kept inputs; figures stay")
    func everywhere() async throws {
        try await EyesHouse.open { house in
            try await house.fill(500)
            try await house.write((0..<500).map { EyesHouse.consent($0, purpose: .emailMarketing) })
            let first = try await house.run()
            try await house.finishInsights()
            house.time.advance(by: 40 * 86_400)
            try await house.order(Array(0..<400), onDay: EyesHouse.today + 38)
            let second = try await house.run()
            try await house.finishInsights()
            let store = EyesStore(house.scope, house.database)
            let flows = try #require(try await store.insights(of: second.id)).flows
            let person = try #require(flows.flatMap(\.sample).first)
            let report = try #require(second.result.horizons.last { $0.state.hasProbabilities })
            let campaigns = EyesCampaigns(service: house.service)
            _ = try await campaigns.create(
                house.scope,
                CampaignDraft(
                    name: "All", list: ListQuery(filter: ChurnFilter(horizon: report.horizon)), channel: .email,
                    confirmsProvisional: true), requestID: nil)
            try await EyesReviews(service: house.service).ask(
                house.scope, person, name: "x", note: "Why?", requestID: nil)
            let before = try await traces(of: person, house)
            for name in ["eyes_memberships", "eyes_insights", "eyes_campaign_people", "eyes_reviews"] {
                #expect(before.contains(name), "the fixture names nobody in \(name)")
            }
            #expect(before.contains("eyes_run_inputs"))
            #expect(try await house.service.forget(house.scope, [person]) > 3)
            #expect(try await traces(of: person, house) == [])
            let kept = try #require(try await store.run(first.id))
            #expect(kept.result == first.result, "figures name nobody and stay")
            #expect(try await house.service.forget(house.scope, [person]) == 0)
        }
    }

    @Test("who is no customer any more is forgotten after the next run by itself")
    func vanished() async throws {
        try await EyesHouse.open { house in
            try await house.fill(300)
            _ = try await house.run()
            try await house.finishInsights()
            let lost = try #require(try await house.customerIDs([7]).first)
            for name in ["customers", "orders", "consent_records"] {
                let field = name == "customers" ? "_id" : "customer_id"
                _ = try await house.database.collection(name).delete([field: .string(lost)], multi: true)
            }
            house.time.advance(by: 86_400)
            try await house.order([1], onDay: EyesHouse.today)
            _ = try await house.run()
            try await house.finishInsights()
            #expect(try await traces(of: lost, house) == [])
        }
    }

    @Test("a score under review keeps its customer out of campaigns, until a person lets it stand")
    func review() async throws {
        try await EyesHouse.open { house in
            try await house.fill(500)
            try await house.write((0..<500).map { EyesHouse.consent($0, purpose: .emailMarketing) })
            let run = try await house.run()
            let report = try #require(run.result.horizons.last { $0.state.hasProbabilities })
            let list = ListQuery(filter: ChurnFilter(horizon: report.horizon), cut: 20)
            let top = try await EyesStore(house.scope, house.database).scores(
                ScoreQuery(horizon: report.horizon, limit: 1), runID: run.id)
            let person = try #require(top.first).customerID
            let reviews = EyesReviews(service: house.service)
            let campaigns = EyesCampaigns(service: house.service)
            func drafted() async throws -> Campaign {
                try await campaigns.create(
                    house.scope,
                    CampaignDraft(name: "Top", list: list, channel: .email, confirmsProvisional: true), requestID: nil)
            }
            let open = try await drafted()
            #expect(open.audience.reviewed == 0)
            try await reviews.ask(house.scope, person, name: "x", note: " Is this right? ", requestID: nil)
            #expect(try await drafted().audience.reviewed == 1)
            await #expect(throws: CampaignRefusal.audienceChanged, "an agreed list with a disputed score") {
                _ = try await campaigns.approve(
                    house.scope, open.id, hash: open.audience.hash, requestID: nil)
            }
            try await reviews.decide(
                house.scope, person, name: "x", .setAside, finding: "Moved abroad.", requestID: nil)
            #expect(try await drafted().audience.reviewed == 1)
            try await reviews.ask(house.scope, person, name: "x", note: "And now?", requestID: nil)
            try await reviews.decide(house.scope, person, name: "x", .stands, finding: "", requestID: nil)
            #expect(try await drafted().audience.reviewed == 0)
            #expect(try await reviews.reviews(house.scope, of: person).count == 2)
            await #expect(throws: EyesError.self) {
                try await reviews.ask(house.scope, person, name: "x", note: "  ", requestID: nil)
            }
        }
    }
}
