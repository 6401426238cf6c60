import BSON
import Foundation
import Jobs
import TestMongo
import Testing
import Vault

@Suite("Schedules and heartbeats")
struct ScheduleTests {
    @Test("a thing is never-ran, then ok, then late, then failed, then ok again")
    func states() async throws {
        try await JobBench.with { bench in
            let hearts = Heartbeats(database: bench.database, clock: bench.clock)
            func state() async throws -> HeartbeatStatus.State? {
                try await hearts.status("nightly", partition: "a")?.state
            }
            #expect(try await state() == nil)
            try await hearts.expect("nightly", partition: "a", every: .seconds(100), grace: .seconds(10))
            #expect(try await state() == .neverRan)
            try await hearts.record("nightly", partition: "a")
            #expect(try await state() == .ok)
            bench.time.advance(by: 111)
            #expect(try await state() == .late)
            try await hearts.record("nightly", partition: "a", error: "x.failed")
            let failed = try await hearts.status("nightly", partition: "a")
            #expect(failed?.state == .failed && failed?.failures == 1 && failed?.lastError == "x.failed")
            try await hearts.record("nightly", partition: "a")
            #expect(try await state() == .ok)
            try await hearts.expect("nightly", partition: "a", every: .seconds(100))
            #expect(try await state() == .ok)
            #expect(try await hearts.statuses(partition: "b").isEmpty)
        }
    }

    @Test("of several workers one runs each due time; missed times are not made up for")
    func once() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let schedule = Schedule("hourly", every: .seconds(3600)) { dueAt in
                notes.add("\(Int(dueAt.timeIntervalSince1970))")
            }
            let schedulers = (0..<3).map { _ in
                Scheduler(database: bench.database, schedules: [schedule], clock: bench.clock)
            }
            for scheduler in schedulers { try await scheduler.announce() }
            func tick() async throws {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for scheduler in schedulers { group.addTask { try await scheduler.runDue() } }
                    try await group.waitForAll()
                }
            }
            try await tick()
            try await tick()
            #expect(notes.all.count == 1)
            bench.time.advance(by: 3 * 3600 + 5)
            try await tick()
            try await tick()
            #expect(notes.all.count == 2)
            bench.time.advance(by: 3600)
            try await tick()
            #expect(notes.all.count == 3)
        }
    }

    @Test("a failing schedule shows as failed and runs again next time")
    func failing() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let schedule = Schedule("flaky", every: .seconds(60)) { _ in
                notes.add("run")
                if notes.count("run") == 1 { throw JobFailure(key: "schedule.broken") }
            }
            let scheduler = Scheduler(database: bench.database, schedules: [schedule], clock: bench.clock)
            let hearts = Heartbeats(database: bench.database, clock: bench.clock)
            try await scheduler.announce()
            #expect(try await scheduler.runDue() == ["flaky"])
            #expect(try await hearts.status("flaky")?.state == .failed)
            #expect(try await scheduler.runDue() == [])
            bench.time.advance(by: 60)
            #expect(try await scheduler.runDue() == ["flaky"])
            #expect(try await hearts.status("flaky")?.state == .ok)
        }
    }
}
