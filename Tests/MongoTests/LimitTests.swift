import BSON
import Mongo
import TestMongo
import Testing
import Waiting

@Suite("Limits of the Mongo client")
struct LimitTests {
    @Test("an operation that takes too long is a timeout")
    func timeout() async throws {
        try await TestMongo.shared().withDatabase { database in
            let rows = database.collection("rows")
            try await rows.insert((0..<50).map { ["_id": .int($0)] })
            let error = await mongoError {
                _ = try await rows.find(slow(50), options: .init(timeout: .milliseconds(100)))
            }
            #expect(error?.kind == .timeout)
            #expect(error?.isTemporary == true)
        }
    }

    @Test("what does not fit into the queue is turned away at once")
    func shedding() async throws {
        try await TestMongo.shared().withDatabase { database in
            try await database.collection("rows").insert(["_id": 1])
            let shed = try await withClient(TestMongo.shared().url) {
                $0.threads = 1
                $0.gateLimit = 2
            } _: { client in
                let rows = client.database(database.name).collection("rows")
                let kinds = await withTaskGroup(of: MongoError.Kind?.self) { group in
                    for _ in 0..<6 { group.addTask { await mongoError { _ = try await rows.find(slow(100)) }?.kind } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(client.statistics.refused == 3)
                #expect(client.statistics.queued == 0)
                return kinds.filter { $0 == .overloaded }.count
            }
            #expect(shed == 3)
        }
    }

    @Test("who waits too long for a thread is turned away then")
    func queueTimeout() async throws {
        try await TestMongo.shared().withDatabase { database in
            try await database.collection("rows").insert(["_id": 1])
            try await withClient(TestMongo.shared().url) {
                $0.threads = 1
                $0.queueTimeout = .milliseconds(100)
            } _: { client in
                let rows = client.database(database.name).collection("rows")
                let first = Task { try await rows.find(slow(1500)).count }
                #expect(await eventually { client.statistics.running == 1 })
                let start = ContinuousClock.now
                let error = await mongoError { _ = try await rows.findOne([:]) }
                #expect(error?.kind == .overloaded)
                #expect(ContinuousClock.now - start < .seconds(1))
                let count = try await first.value
                #expect(count == 1)
                #expect(try await rows.findOne([:]) != nil)
            }
        }
    }

    @Test("a cancelled task goes on at once, running or waiting")
    func cancellation() async throws {
        try await TestMongo.shared().withDatabase { database in
            try await database.collection("rows").insert(["_id": 1])
            try await withClient(TestMongo.shared().url) {
                $0.threads = 1
            } _: { client in
                let rows = client.database(database.name).collection("rows")
                let running = Task { try await rows.find(slow(1500)) }
                #expect(await eventually { client.statistics.running == 1 })
                let waiting = Task { try await rows.findOne([:]) }
                #expect(await eventually { client.statistics.queued == 1 })
                let start = ContinuousClock.now
                waiting.cancel()
                running.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                await #expect(throws: CancellationError.self) { try await running.value }
                #expect(ContinuousClock.now - start < .seconds(1))
                #expect(client.statistics.queued == 0)
                let before = Task {
                    while !Task.isCancelled { await Task.yield() }
                    return try await rows.findOne([:])
                }
                before.cancel()
                await #expect(throws: CancellationError.self) { try await before.value }
            }
        }
    }

    @Test("cursors and transactions wait for one of their connections, and no longer than allowed")
    func pins() async throws {
        try await TestMongo.shared().withDatabase { database in
            try await database.collection("rows").insert([["_id": 1], ["_id": 2], ["_id": 3]])
            try await withClient(TestMongo.shared().url) {
                $0.openCursors = 1
                $0.queueTimeout = .milliseconds(100)
            } _: { client in
                let rows = client.database(database.name).collection("rows")
                for try await _ in rows.batches([:], batchSize: 1) {
                    let error = await mongoError { for try await _ in rows.batches([:]) {} }
                    #expect(error?.kind == .overloaded)
                    #expect(try await rows.findOne([:]) != nil)
                    break
                }
                let isFree = await eventually { await mongoError { for try await _ in rows.batches([:]) {} } == nil }
                #expect(isFree)
            }
        }
    }

    @Test("one hop per operation and per batch")
    func hops() async throws {
        try await TestMongo.shared().withDatabase { database in
            try await withClient(TestMongo.shared().url) { client in
                let rows = client.database(database.name).collection("rows")
                try await rows.insert((0..<2500).map { ["_id": .int($0)] })
                #expect(client.statistics.done == 1)
                _ = try await rows.find([:])
                _ = try await rows.findOne(["_id": 1])
                #expect(client.statistics.done == 3)
                for try await _ in rows.batches([:], batchSize: 1000) {}
                // A session, three batches, giving back.
                #expect(client.statistics.done == 8)
            }
        }
    }

    @Test("more than one reply can hold still comes whole")
    func large() async throws {
        try await TestMongo.shared().withDatabase { database in
            let rows = database.collection("rows")
            let megabyte = String(repeating: "x", count: 1 << 20)
            for number in 0..<20 { try await rows.insert(["_id": .int(number), "text": .string(megabyte)]) }
            #expect(try await rows.find([:], options: .init(limit: 20)).count == 20)
            let error = await mongoError {
                let document: BSONDocument = ["text": .string(String(repeating: megabyte, count: 17))]
                try await rows.insert(document)
            }
            #expect(error != nil)
        }
    }

    @Test("shutdown ends what runs and refuses what comes")
    func shutdown() async throws {
        try await TestMongo.shared().withDatabase { database in
            try await database.collection("rows").insert(["_id": 1])
            let client = try await MongoClient(MongoConfiguration(url: TestMongo.shared().url))
            let rows = client.database(database.name).collection("rows")
            let running = Task { try await rows.find(slow(300)) }
            #expect(await eventually { client.statistics.running == 1 })
            await client.shutdown()
            #expect(try await running.value.count == 1)
            let error = await mongoError { _ = try await rows.findOne([:]) }
            #expect(error?.kind == .unavailable)
            await client.shutdown()
        }
    }
}
