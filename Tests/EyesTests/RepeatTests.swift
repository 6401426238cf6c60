import BSON
import Foundation
import Jobs
import Tenancy
import Testing
import Vault

@testable import Eyes

@Suite("Repeating runs", .serialized)
struct RepeatTests {
    private func outcome(_ house: EyesHouse, _ runID: String) async throws -> BSONDocument {
        let job = try await house.service.repeatRun(house.scope, runID)
        let (queue, organizationID) = (house.queue, house.scope.organizationID)
        try await house.work([EyesRepeatJob(service: house.service, memberships: house.memberships)]) {
            try await queue.get(job.id, partition: organizationID)?.state.isFinal ?? false
        }
        let ended = try #require(try await queue.get(job.id, partition: organizationID))
        #expect(ended.state == .succeeded, "\(ended.error ?? "") \(ended.errorDetail ?? "")")
        return try #require(ended.result)
    }

    @Test("a run is repeated to the byte from its kept input, whatever has come since; without it other data are told")
    func repeated() async throws {
        try await EyesHouse.open { house in
            try await house.fill(600)
            let run = try await house.run()
            let same = try await outcome(house, run.id)
            #expect(same["same_input"]?.boolValue == true)
            #expect(same["equal"]?.boolValue == true)
            #expect(same["repeated_hash"]?.stringValue == run.resultHash)
            try await house.order([3], onDay: EyesHouse.today - 1)
            let later = try await outcome(house, run.id)
            #expect(later["equal"]?.boolValue == true && later["input"]?.stringValue == "kept")
            try await EyesStore(house.scope, house.database).removeInput(of: run.id)
            let other = try await outcome(house, run.id)
            #expect(other["input"]?.stringValue == "now")
            #expect(other["same_input"]?.boolValue == false)
            #expect(other["equal"]?.boolValue == false)
            #expect(try await house.service.published(house.scope)?.run.id == run.id, "nothing is published")
        }
    }

    @Test("a run whose input has lost somebody says that it cannot be repeated, and nobody else is touched")
    func forgotten() async throws {
        try await EyesHouse.open { house in
            try await house.fill(300)
            let run = try await house.run()
            let store = EyesStore(house.scope, house.database)
            let whole = try #require(try await store.input(of: run.id))
            let lost = try #require(whole.archive.snapshot.customers.first)
            try await house.service.forget(house.scope, [lost])
            let left = try #require(try await store.input(of: run.id))
            #expect(left.forgotten == 1)
            #expect(Set(left.archive.snapshot.customers) == Set(whole.archive.snapshot.customers).subtracting([lost]))
            #expect(left.archive.snapshot.orders.count < whole.archive.snapshot.orders.count)
            let again = try await outcome(house, run.id)
            #expect(again["equal"]?.boolValue == false && again["forgotten"]?.intValue == 1)
        }
    }

    @Test("a forced start runs again where nothing has changed, and gives the same run")
    func forced() async throws {
        try await EyesHouse.open { house in
            try await house.fill(300)
            let run = try await house.run()
            guard case .finished(run.id) = try await house.service.start(house.scope, requestID: nil) else {
                Issue.record("the same question was asked again")
                return
            }
            guard case .queued = try await house.service.start(house.scope, requestID: nil, force: true) else {
                Issue.record("a forced start was not queued")
                return
            }
        }
    }
}
