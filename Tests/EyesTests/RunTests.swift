import BSON
import Customers
import Foundation
import Jobs
import Learning
import Mongo
import Tenancy
import Testing
import Vault
import Web

@testable import Eyes

@Suite("Runs on a real database", .serialized)
struct RunTests {
    @Test("a run is stored, published and found by everybody of the organization alone")
    func whole() async throws {
        try await EyesHouse.open { house in
            try await house.fill(700)
            #expect(try await house.service.published(house.scope) == nil)
            let run = try await house.run()
            #expect(run.id.hasPrefix("eyr_"))
            #expect(run.consent.used == 700)
            let data = try await CustomerFigures(house.scope, house.database).dataState()
            #expect(run.asOf == data.completeUntil)
            #expect(!run.onOldData)
            let published = try #require(try await house.service.published(house.scope))
            #expect(published.run.id == run.id)
            #expect(published.segments.reduce(0) { $0 + $1.size } == run.result.population.buyers)
            #expect(try await house.service.run(house.other, run.id) == nil)
            #expect(try await house.service.published(house.other) == nil)
            let segment = try #require(published.segments.first)
            #expect(try await house.service.segment(house.other, segment.id) == nil)
            let ids = try await house.service.segmentMembers(
                house.scope, segmentID: segment.id, after: nil, limit: 10_000)
            #expect(ids.count == segment.size)
            #expect(ids == ids.sorted())
            for report in run.result.horizons {
                guard let card = report.card else { continue }
                let model = try #require(try await house.service.model(house.scope, card.modelVersion))
                #expect(model.card == card)
                #expect(try await house.service.model(house.other, card.modelVersion) == nil)
                #expect(ModelCardCheck.holes(in: try BSONEncoder().encode(card)).isEmpty)
            }
            let history = try await EyesStore(house.scope, house.database).history(limit: 10)
            #expect(history.map(\.runID) == [run.id])
        }
    }

    @Test("repeating a run gives the same bytes; the same question is answered from the shelf")
    func repeated() async throws {
        try await EyesHouse.open { house in
            try await house.fill(500)
            let first = try await house.run()
            let bytes = try await house.bytes(of: first.id)
            guard case .finished(first.id) = try await house.service.start(house.scope, requestID: nil) else {
                Issue.record("the same question was asked again")
                return
            }
            // Nothing published any more: the run is made anew, over its own rows.
            let store = EyesStore(house.scope, house.database)
            _ = try await house.database.collection("eyes_state").delete([:], multi: true)
            _ = try await house.database.collection("eyes_memberships").delete([:], multi: true)
            let again = try await house.run()
            #expect(again.id == first.id)
            #expect(again.resultHash == first.resultHash)
            #expect(try await house.bytes(of: again.id) == bytes)
            #expect(try await store.runSummaries(limit: 10).count == 1)
        }
    }

    @Test("the same orders in two organizations, whose customers have other ids, give the same figures")
    func twoOrganizations() async throws {
        try await EyesHouse.open { house in
            try await house.fill(600)
            try await house.fill(600, in: house.other)
            let (run, other) = (try await house.run(), try await house.run(in: house.other))
            #expect(run.id != other.id && run.identity.snapshotHash != other.identity.snapshotHash)
            #expect(try figures(run) == figures(other))
        }
    }

    /// The result with the names of its models, which hold the run's id, made alike.
    private func figures(_ run: StoredRun) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(run.result), as: UTF8.self)
            .replacingOccurrences(of: run.id.dropFirst(4), with: "run")
            .replacingOccurrences(of: run.identity.snapshotHash, with: "snapshot")
    }

    @Test("no record, expired, withdrawn, other purpose: each left out and counted")
    func consent() async throws {
        try await EyesHouse.open { house in
            let yesterday = EyesHouse.now.addingTimeInterval(-86_400)
            try await house.fill(400) { index in
                switch index {
                case 0: nil
                case 1: EyesHouse.consent(1, expires: yesterday)
                case 2: EyesHouse.consent(2, state: .withdrawn)
                case 3: EyesHouse.consent(3, purpose: .emailMarketing)
                default: EyesHouse.consent(index)
                }
            }
            let run = try await house.run()
            #expect(run.consent.loaded == 400)
            #expect(run.consent.used == 396)
            #expect(run.consent.excludedMissing == 1)
            #expect(run.consent.excludedExpired == 1)
            #expect(run.consent.excludedWithdrawn == 1)
            #expect(run.consent.excludedPurpose == 1)
            #expect(run.result.population.used == 396)
        }
    }

    @Test("who withdraws after loading is not in the run")
    func withdrawal() async throws {
        try await EyesHouse.open { house in
            try await house.fill(400)
            let input = try await RunInput.load(house.scope, house.database, now: EyesHouse.now) { _, _ in }
            #expect(input.snapshot.customers.count == 400)
            try await house.write([
                EyesHouse.consent(7, state: .withdrawn, collected: EyesHouse.now.addingTimeInterval(-60))
            ])
            let recheck = try await CustomerStore(house.scope, house.database)
                .recheck(input.reading, at: EyesHouse.now)
            #expect(recheck.lost.count == 1)
            let left = input.snapshot.removing(recheck.lost)
            #expect(left.customers.count == 399)
            #expect(recheck.lost.isDisjoint(with: left.customers))
            let run = try await house.run()
            #expect(run.identity.snapshotHash == RunName.snapshotHash(left))
            #expect(run.consent.excludedWithdrawn == 1)
        }
    }

    @Test("whoever starts, publishes or configures here is seen at once, however long pages remember")
    func memory() async throws {
        try await EyesHouse.open(lifetime: .seconds(3600)) { house in
            try await house.fill(500)
            guard case .neverRan = try await house.service.summary(house.scope).state else {
                Issue.record("there was a run before the first one")
                return
            }
            guard case .queued(let jobID) = try await house.service.start(house.scope, requestID: nil),
                case .running(jobID) = try await house.service.summary(house.scope).state
            else {
                Issue.record("the start was not seen")
                return
            }
            try await house.work { try await house.service.job(house.scope, jobID)?.state.isFinal ?? true }
            let published = try #require(try await house.service.published(house.scope))
            #expect(!published.segments.isEmpty)
            guard case .published = try await house.service.summary(house.scope).state else {
                Issue.record("the published run was not seen")
                return
            }
            var config = try await house.service.overview(house.scope).state.config
            config.highBand = 0.6
            let saved = try await house.service.configure(house.scope, config, version: 1, requestID: nil)
            #expect(saved != nil)
            #expect(try await house.service.overview(house.scope).state.config == config)
        }
    }

    @Test("a withdrawal after publishing hides the person at once")
    func hidden() async throws {
        try await EyesHouse.open { house in
            try await house.fill(500)
            let run = try await house.run()
            let row = try #require(
                try await EyesStore(house.scope, house.database)
                    .scores(ScoreQuery(horizon: .days90, limit: 1), runID: run.id).first)
            let findings = try #require(try await house.service.customer(house.scope, row.customerID))
            #expect(findings.badge?.mayBeUsed(at: EyesHouse.now) == true)
            let token = try #require(findings.badge?.token)
            let index = try #require(Int(token.dropFirst()))
            try await house.write([
                EyesHouse.consent(index, state: .withdrawn, collected: EyesHouse.now.addingTimeInterval(-60))
            ])
            let after = try #require(try await house.service.customer(house.scope, row.customerID))
            #expect(after.badge?.mayBeUsed(at: EyesHouse.now) == false)
        }
    }

    @Test("without orders, without consent and with too few: words, never an error")
    func poor() async throws {
        try await EyesHouse.open { house in
            let empty = try await house.run()
            #expect(empty.result.clustering.state == .notEnoughData)
            try await house.fill(60, days: 100) { _ in nil }
            let unconsented = try await house.run()
            #expect(unconsented.consent.used == 0)
            #expect(unconsented.result.horizons.allSatisfy { $0.state == .notEnoughData })
            guard case .notEnoughData = try await house.service.summary(house.scope).state else {
                Issue.record("home says something else")
                return
            }
        }
    }

    @Test("a second start finds the first one; a cancelled run leaves what was published")
    func oneAtATime() async throws {
        try await EyesHouse.open { house in
            try await house.fill(300)
            let run = try await house.run()
            house.time.advance(by: 7_200)
            guard case .queued(let jobID) = try await house.service.start(house.scope, requestID: nil) else {
                Issue.record("an old answer was given again")
                return
            }
            await #expect(throws: EyesError.alreadyRunning(jobID: jobID)) {
                try await house.service.start(house.scope, requestID: nil)
            }
            try await house.service.cancel(house.scope, jobID: jobID, requestID: nil)
            #expect(try await house.service.job(house.scope, jobID)?.state == .cancelled)
            #expect(try await house.service.published(house.scope)?.run.id == run.id)
            #expect(try await house.service.job(house.other, jobID) == nil)
        }
    }

    @Test("pages of the churn table follow each other without gap or repetition")
    func paging() async throws {
        try await EyesHouse.open { house in
            try await house.fill(600)
            _ = try await house.run()
            let published = try #require(try await house.service.published(house.scope))
            let report = try #require(published.run.report(.days60))
            for filter in [ChurnFilter(horizon: .days60), ChurnFilter(horizon: .days60, band: .high, sort: .risk)] {
                var seen: [String] = []
                var place: Int? = 0
                while let from = place {
                    let page = try await ChurnPage.load(
                        house.service, house.scope, published, filter, fromPlace: from, limit: 50)
                    seen += page.rows.map(\.customerID)
                    #expect(page.total == (filter.band.map { report.counts.count($0) } ?? report.counts.total))
                    place = page.nextPlace
                }
                #expect(Set(seen).count == seen.count)
                #expect(seen.count == (filter.band.map { report.counts.count($0) } ?? report.counts.total))
            }
        }
    }

    @Test("rows read back as they were written")
    func roundTrip() async throws {
        try await EyesHouse.open { house in
            try await house.fill(400)
            let run = try await house.run()
            let store = EyesStore(house.scope, house.database)
            let rows = try await store.scores(ScoreQuery(horizon: .days30, limit: 50), runID: run.id)
            #expect(!rows.isEmpty)
            for row in rows { #expect(try StoredScore(bson: row.bson()) == row) }
            for test in try await store.tests(runID: run.id) { #expect(try StoredTest(bson: test.bson()) == test) }
            let member = try #require(
                try await store.members(runID: run.id, segment: 0, fromPlace: 0, limit: 1).first)
            #expect(try StoredMember(bson: member.bson()) == member)
        }
    }
}
