import BSON
import Foundation
import Mongo
import Tenancy
import Testing

@testable import Eyes

@Suite("Keeping models", .serialized)
struct ModelKeepingTests {
    @Test("a frozen model speaks in later runs, until it is released")
    func frozen() async throws {
        try await EyesHouse.open { house in
            try await house.fill(700)
            let first = try await house.run()
            let (horizon, version) = try await accept(first, house)
            try await house.service.freeze(house.scope, version: version, isFrozen: true, requestID: nil)
            let second = try await house.run()
            #expect(second.id != first.id)
            #expect(speaking(second, horizon) == version)
            #expect(tested(second, horizon) != version)
            try await house.service.freeze(house.scope, version: version, isFrozen: false, requestID: nil)
            let third = try await house.run()
            #expect(third.identity.frozen == nil)
            #expect(speaking(third, horizon) != version || third.id == first.id)
        }
    }

    @Test("an earlier accepted model can speak again; one that never passed cannot")
    func rollback() async throws {
        try await EyesHouse.open { house in
            try await house.fill(700)
            let (horizon, version) = try await accept(try await house.run(), house)
            try await house.fill(150, seed: 91)
            let second = try await house.run()
            #expect(speaking(second, horizon) != version)
            try await house.service.rollback(house.scope, version: version, requestID: nil)
            let third = try await house.run()
            #expect(speaking(third, horizon) == version)
            #expect(third.identity.frozen == [version])
            await refuses(house, house.scope, "eym_unknown_60")
            await refuses(house, house.other, version)
        }
    }

    private func refuses(_ house: EyesHouse, _ scope: TenantScope, _ version: String) async {
        await #expect(throws: EyesError.modelNotUsable(version)) {
            try await house.service.rollback(scope, version: version, requestID: nil)
        }
    }

    /// A shop this small is at best provisional; its model is made an accepted one by hand.
    private func accept(_ run: StoredRun, _ house: EyesHouse) async throws -> (Horizon, String) {
        let place = try #require(run.result.horizons.firstIndex { $0.serving != nil })
        let report = run.result.horizons[place]
        let serving = try #require(report.serving)
        let accepted: BSONDocument = ["$set": ["result.horizons.\(place).state": "accepted"]]
        _ = try await house.database.collection("eyes_runs").update(["_id": .string(run.id)], accepted)
        house.service.memory.published(house.scope, run.id)
        let store = EyesStore(house.scope, house.database)
        var state = try await store.state()
        state.models = [.init(horizon: report.horizon, model: serving)]
        try await store.save(state)
        return (report.horizon, serving.version)
    }

    private func speaking(_ run: StoredRun, _ horizon: Horizon) -> String? { run.report(horizon)?.serving?.version }

    private func tested(_ run: StoredRun, _ horizon: Horizon) -> String? { run.report(horizon)?.card?.modelVersion }
}
