import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Tenancy
import TestMongo
import Testing
import Vault
import Waiting

@testable import Eyes

@Suite("Lists of a run", .serialized)
struct RankingTests {
    @Test("a list filters and counts as its rows say, in order of place")
    func filters() async throws {
        try await EyesHouse.open { house in
            try await house.fill(1_200)
            let run = try await house.run()
            let store = EyesStore(house.scope, house.database)
            let rows = try await allScores(run, house)
            let member = Set(rows.enumerated().filter { $0.offset % 3 == 0 }.map(\.element.customerID))
            for horizon in Horizon.allCases {
                for order in ScoreQuery.Order.allCases {
                    var queries = [ScoreQuery(horizon: horizon, sort: order)]
                    queries += RiskLevel.allCases.map { ScoreQuery(horizon: horizon, band: $0, sort: order) }
                    queries.append(ScoreQuery(horizon: horizon, segment: 1, sort: order))
                    queries.append(ScoreQuery(horizon: horizon, members: member, sort: order))
                    queries.append(ScoreQuery(horizon: horizon, sort: order, riskPlaces: 40..<90))
                    for var query in queries {
                        let wanted = expected(query, rows)
                        query.limit = 10_000
                        #expect(try await store.scores(query, runID: run.id).map(\.customerID) == wanted)
                        #expect(try await store.countScores(query, runID: run.id) == wanted.count)
                        query.limit = 20
                        #expect(
                            try await store.scores(query, runID: run.id).map(\.customerID) == Array(wanted.prefix(20)))
                    }
                }
            }
            #expect(rows.count > StoredRanking.length, "no list here goes over one stretch")
        }
    }

    @Test("a run from before there were lists gets the same ones from its rows")
    func older() async throws {
        try await EyesHouse.open { house in
            try await house.fill(700)
            let run = try await house.run()
            let store = EyesStore(house.scope, house.database)
            let made = try await lists(house)
            #expect(made.count > 6)
            _ = try await house.database.collection("eyes_rankings").delete([:], multi: true)
            let page = try await store.scores(ScoreQuery(horizon: .days60, fromPlace: 10, limit: 5), runID: run.id)
            #expect(page.compactMap { $0.score(.days60)?.place } == Array(10..<15))
            #expect(try await lists(house) == made)
            #expect(try await store.members(runID: run.id, segment: 0, fromPlace: 3, limit: 2).map(\.place) == [3, 4])
        }
    }

    @Test("who is forgotten leaves every list; the places of the others stay")
    func forgotten() async throws {
        try await EyesHouse.open { house in
            try await house.fill(400)
            let run = try await house.run()
            let store = EyesStore(house.scope, house.database)
            let query = ScoreQuery(horizon: .days30, limit: 1_000)
            let before = try await store.scores(query, runID: run.id)
            let gone = before[4].customerID
            try await house.service.forget(house.scope, [gone])
            #expect(try await store.scores(query, runID: run.id) == before.filter { $0.customerID != gone })
            #expect(try await store.countScores(query, runID: run.id) == before.count - 1)
            #expect(try await !lists(house).contains { $0.entries.contains { $0.customerID == gone } })
        }
    }

    @Test("rows that an ended attempt left behind are forgotten with their people, and go with the next run")
    func strays() async throws {
        try await EyesHouse.open { house in
            try await house.fill(300)
            let left = try await house.run()
            let store = EyesStore(house.scope, house.database)
            let person = try #require(
                try await store.members(runID: left.id, segment: 0, fromPlace: 0, limit: 1).first
            ).customerID
            _ = try await house.database.collection("eyes_runs").delete(["_id": .string(left.id)])
            try await house.service.forget(house.scope, [person])
            for name in ["eyes_memberships", "eyes_churn_predictions"] {
                let rows = try await house.database.collection(name).find(["customer_id": .string(person)])
                #expect(rows.isEmpty, "\(name)")
            }
            #expect(try await !lists(house).contains { $0.entries.contains { $0.customerID == person } })
            house.time.advance(by: 86_400)
            try await house.order([1], onDay: EyesHouse.today)
            let next = try await house.run()
            for name in ["eyes_memberships", "eyes_churn_predictions", "eyes_rankings", "eyes_run_inputs"] {
                #expect(try await house.database.collection(name).distinct("run_id", [:]) == [.string(next.id)])
            }
        }
    }

    @Test("a withdrawal while a run computes: it is made anew without the person, and nothing of the first is left")
    func withdrawal() async throws {
        try await EyesHouse.open { house in
            try await house.fill(1_500)
            guard case .queued(let jobID) = try await house.service.start(house.scope, requestID: nil) else {
                throw HouseError("not queued")
            }
            async let worked: Void = house.work {
                try await house.service.job(house.scope, jobID)?.state.isFinal ?? true
            }
            let isComputing = try await eventually(within: .seconds(120)) {
                try await house.service.job(house.scope, jobID)?.progress.stage == EyesStage.clustering.rawValue
            }
            try #require(isComputing)
            try await house.write([
                EyesHouse.consent(7, state: .withdrawn, collected: EyesHouse.now.addingTimeInterval(-60))
            ])
            try await worked
            let run = try #require(try await house.service.published(house.scope)).run
            #expect(run.leftOut?.lostMeanwhile == 1)
            #expect(run.consent.used == 1_499)
            for name in ["eyes_memberships", "eyes_churn_predictions", "eyes_rankings", "eyes_run_inputs", "eyes_runs"]
            {
                let field = name == "eyes_runs" ? "_id" : "run_id"
                let runs = try await house.database.collection(name).distinct(field, [:])
                #expect(runs == [.string(run.id)], "\(name)")
            }
        }
    }

    @Test("a stretch reads back as it was written, and stretches stand in the order of their places")
    func stretch() throws {
        let entries = [
            RankedEntry(customerID: "cus_1", level: .medium, segment: 3, riskPlace: 70_000), .nobody,
            RankedEntry(customerID: "cus_2", level: nil, segment: nil, riskPlace: 1),
        ]
        let ranking = StoredRanking(runID: "eyr_x", list: .scores(.days60, .risk), from: 500, entries: entries)
        #expect(try StoredRanking(bson: ranking.bson()) == ranking)
        let ids = [0, 499, 500, 9_999, 10_000, 4_999_999].map {
            StoredRanking.id(runID: "eyr_x", list: .segment(2), holding: $0)
        }
        #expect(ids == ids.sorted())
        #expect(ids[0] == ids[1] && ids[1] != ids[2])
        let damaged: BSONDocument = [
            "_id": "x", "run_id": "eyr_x", "list": "d60-risk", "from": 0, "customers": ["cus_1"],
        ]
        #expect(throws: EyesError.damagedRow("x")) { try StoredRanking(bson: damaged) }
    }

    // MARK: Helpers

    private func allScores(_ run: StoredRun, _ house: EyesHouse) async throws -> [StoredScore] {
        try await TenantCollection<StoredScore>(house.scope, house.database).find(.eq("run_id", .string(run.id)))
    }

    private func lists(_ house: EyesHouse) async throws -> [StoredRanking] {
        try await TenantCollection<StoredRanking>(house.scope, house.database).find(sort: [.ascending("_id")])
    }

    /// The same question to the rows themselves.
    private func expected(_ query: ScoreQuery, _ rows: [StoredScore]) -> [String] {
        let found = rows.compactMap { row -> (place: Int, id: String)? in
            guard let score = row.score(query.horizon), query.band == nil || score.level == query.band,
                query.segment == nil || row.segment == query.segment,
                query.riskPlaces?.contains(score.riskPlace) ?? true, query.members?.contains(row.customerID) ?? true
            else { return nil }
            return (query.sort == .value ? score.place : score.riskPlace, row.customerID)
        }
        return found.sorted { $0.place < $1.place }.map(\.id)
    }
}
