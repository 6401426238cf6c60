import BSON
import Foundation
import Mongo
import Synchronization
import Tenancy
import TestMongo
import Testing
import Vault
import Waiting

@testable import Connectors

@Suite("Budgets and breakers of several processes")
struct SharedGatesTests {
    private func run(_ body: @Sendable (MongoDatabase, ManualTime) async throws -> Void) async throws {
        try await TestMongo.shared().withDatabase { database in
            for spec in [GateCollections.breakers, GateCollections.buckets] { try await spec.install(in: database) }
            try await body(database, ManualTime())
        }
    }

    /// Calls that get through before all have to wait.
    private func taken(_ gates: [Gates], _ budget: RateBudget) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for gate in gates {
                for _ in 0..<4 {
                    group.addTask {
                        var calls = 0
                        while try await gate.take("con_1/*", budget) == nil { calls += 1 }
                        return calls
                    }
                }
            }
            return try await group.reduce(0, +)
        }
    }

    @Test("two managers together stay within one budget, at once and over time")
    func budget() async throws {
        try await run { database, time in
            let gates = [0, 1].map { _ in Gates(database: database, clock: .manual(time)) }
            let budget = RateBudget(calls: 1000, per: 10)
            let first = try await taken(gates, budget)
            #expect(first <= 800 && first > 700)
            var more = 0
            for _ in 0..<10 {
                time.advance(by: 1)
                more += try await taken(gates, budget)
            }
            #expect(more <= 800 && more > 600)
        }
    }

    @Test("most calls of a generous budget ask nobody")
    func chunks() async throws {
        try await run { database, time in
            let gates = Gates(database: database, clock: .manual(time))
            let budget = RateBudget(calls: 10_000, per: 10)
            for _ in 0..<500 { #expect(try await gates.take("con_1/*", budget) == nil) }
            let row = try #require(try await database.collection("rate_buckets").findOne(["_id": "con_1/*"]))
            #expect((row["version"]?.intValue ?? 0) <= 11)
        }
    }

    @Test("a daily quota is one for all, and calls taken ahead and not made are given back")
    func daily() async throws {
        try await run { database, time in
            let gates = [0, 1].map { _ in Gates(database: database, clock: .manual(time)) }
            let budget = RateBudget("*", calls: 1000, per: 1, daily: 100)
            var calls = 0
            for _ in 0..<60 {
                for gate in gates where try await gate.take("yt/*", budget) == nil { calls += 1 }
                time.advance(by: 5)
            }
            #expect(calls <= 80 && calls >= 70)
        }
    }

    @Test("what a vendor tells one manager slows the other")
    func told() async throws {
        try await run { database, time in
            let (one, two) = (
                Gates(database: database, clock: .manual(time)), Gates(database: database, clock: .manual(time))
            )
            let budget = RateBudget(calls: 100, per: 10)
            #expect(try await one.take("con_1/*", budget) == nil)
            try await one.note("con_1/*", budget, Allowance(remaining: 0, resetAfter: 7))
            #expect(try await two.take("con_1/*", budget) == 7)
            try await two.block("con_1/*", budget, for: 30)
            time.advance(by: 20)
            #expect(try await Gates(database: database, clock: .manual(time)).take("con_1/*", budget) == 10)
        }
    }

    @Test("a breaker opened by one is open for the other, and one call tries for both")
    func breaker() async throws {
        try await run { database, time in
            let (one, two) = (
                Gates(database: database, clock: .manual(time)), Gates(database: database, clock: .manual(time))
            )
            let rule = BreakerRule(failures: 5, openSeconds: 60, successes: 2, timeout: 30)
            for gate in [one, two, one, two, one] {
                try await gate.breaker("con_1/orders", rule)
                try await gate.note("con_1/orders", failure: "timeout", rule)
                time.advance(by: 2)
            }
            await #expect(throws: VendorFault.self) { try await two.breaker("con_1/orders", rule) }
            await #expect(throws: VendorFault.self) { try await one.breaker("con_1/orders", rule) }
            try await two.breaker("con_1/customers", rule)
            time.advance(by: 60)
            try await two.breaker("con_1/orders", rule)
            await #expect(throws: VendorFault.self) { try await one.breaker("con_1/orders", rule) }
            try await two.note("con_1/orders", failure: nil, rule)
            try await one.breaker("con_1/orders", rule)
            try await one.note("con_1/orders", failure: nil, rule)
            time.advance(by: 2)
            for gate in [one, two, one] { try await gate.breaker("con_1/orders", rule) }
        }
    }

    @Test("whoever is refused learns why it failed, and until when it is left alone")
    func cause() async throws {
        try await run { database, time in
            let (one, two) = (
                Gates(database: database, clock: .manual(time)), Gates(database: database, clock: .manual(time))
            )
            let rule = BreakerRule(failures: 2, openSeconds: 120, successes: 1, timeout: 30)
            for cause in ["timeout", "tls"] { try await one.note("con_1/orders", failure: cause, rule) }
            let until = time.now.addingTimeInterval(120)
            time.advance(by: 30)
            await #expect(throws: VendorFault.leftAlone(because: "tls", until: until)) {
                try await two.breaker("con_1/orders", rule)
            }
            time.advance(by: 91)
            try await two.breaker("con_1/orders", rule)
            try await two.note("con_1/orders", failure: nil, rule)
            try await one.note("con_1/orders", failure: "cut", rule)
            try await one.breaker("con_1/orders", rule)
        }
    }

    @Test("a person's wish lets one call of each endpoint through before its time, and no other connection's")
    func ease() async throws {
        try await run { database, time in
            let (one, two) = (
                Gates(database: database, clock: .manual(time)), Gates(database: database, clock: .manual(time))
            )
            let rule = BreakerRule(failures: 1, openSeconds: 60, successes: 2, timeout: 30)
            for key in ["con_1/orders", "con_1/products", "con_10/orders"] {
                try await one.note(key, failure: "cut", rule)
                await #expect(throws: VendorFault.self) { try await one.breaker(key, rule) }
            }
            try await two.ease("con_1")
            try await one.breaker("con_1/orders", rule)
            await #expect(throws: VendorFault.self) { try await two.breaker("con_1/orders", rule) }
            try await one.breaker("con_1/products", rule)
            await #expect(throws: VendorFault.self) { try await one.breaker("con_10/orders", rule) }
            try await one.note("con_1/orders", failure: "dns", rule)
            await #expect(throws: VendorFault.leftAlone(because: "dns", until: time.now.addingTimeInterval(60))) {
                try await two.breaker("con_1/orders", rule)
            }
        }
    }

    @Test("a hundred equal reads make one call; another connection, a write or time makes another")
    func oneCall() async throws {
        try await run { database, time in
            let gates = Gates(database: database, clock: .manual(time))
            let calls = Mutex(0)
            let gate = Gate()
            let call: @Sendable () async throws -> VendorResponse = {
                calls.withLock { $0 += 1 }
                try await gate.pass()
                return VendorResponse(status: 200, headers: [:], body: [], receivedAt: Date(timeIntervalSince1970: 0))
            }
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 {
                    group.addTask { try await gates.reply("con_1/metrics", seconds: 60, call).status }
                }
                gate.open()
                for try await status in group { #expect(status == 200) }
            }
            #expect(calls.withLock { $0 } == 1)
            _ = try await gates.reply("con_10/metrics", seconds: 60, call)
            gates.forget("con_1")
            _ = try await gates.reply("con_10/metrics", seconds: 60, call)
            #expect(calls.withLock { $0 } == 2)
            _ = try await gates.reply("con_1/metrics", seconds: 60, call)
            time.advance(by: 61)
            _ = try await gates.reply("con_1/metrics", seconds: 60, call)
            #expect(calls.withLock { $0 } == 4)
        }
    }

    @Test("a call that fails is not remembered, and a reply that a write has overtaken neither")
    func notKept() async throws {
        try await run { database, time in
            let gates = Gates(database: database, clock: .manual(time))
            let reply = VendorResponse(status: 200, headers: [:], body: [], receivedAt: time.now)
            await #expect(throws: VendorFault.self) {
                _ = try await gates.reply("con_1/metrics", seconds: 60) { throw VendorFault.retry("cut") }
            }
            let calls = Mutex(0)
            let (begun, gate) = (Gate(), Gate())
            async let overtaken = gates.reply("con_1/metrics", seconds: 60) {
                begun.open()
                try await gate.pass()
                return reply
            }
            try await begun.pass()
            gates.forget("con_1")
            gate.open()
            _ = try await overtaken
            _ = try await gates.reply("con_1/metrics", seconds: 60) {
                calls.withLock { $0 += 1 }
                return reply
            }
            #expect(calls.withLock { $0 } == 1)
        }
    }

    @Test("a manager that dies with the trial call does not keep the breaker half open")
    func lostTrial() async throws {
        try await run { database, time in
            let rule = BreakerRule(failures: 1, openSeconds: 60, successes: 1, timeout: 30)
            let dying = Gates(database: database, clock: .manual(time))
            try await dying.breaker("con_1/orders", rule)
            try await dying.note("con_1/orders", failure: "timeout", rule)
            time.advance(by: 61)
            try await dying.breaker("con_1/orders", rule)
            let other = Gates(database: database, clock: .manual(time))
            await #expect(throws: VendorFault.self) { try await other.breaker("con_1/orders", rule) }
            time.advance(by: 36)
            try await other.breaker("con_1/orders", rule)
        }
    }
}
