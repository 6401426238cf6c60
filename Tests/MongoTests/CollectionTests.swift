import BSON
import Mongo
import TestMongo
import Testing
import Waiting

@Suite("Mongo collections")
struct CollectionTests {
    @Test("a document goes in, is found, changed, counted and removed")
    func crud() async throws {
        try await TestMongo.shared().withDatabase { database in
            let people = database.collection("people")
            try await people.insert(["_id": 1, "name": "Ann", "age": 30])
            try await people.insert([["_id": 2, "name": "Bob"], ["_id": 3, "name": "Cy", "age": 41]])

            #expect(try await people.findOne(["name": "Ann"])?["age"] == 30)
            #expect(try await people.findOne(["name": "Nobody"]) == nil)
            #expect(
                try await people.find([:], options: .init(sort: ["_id": -1], limit: 2)).map { $0["_id"] } == [3, 2])
            #expect(try await people.find([:]).count == 3)

            let update = try await people.update(["age": ["$gt": 20]], ["$inc": ["age": 1]], multi: true)
            #expect(update == UpdateResult(matched: 2, modified: 2, upsertedCount: 0))
            let upsert = try await people.update(["_id": 9], ["$set": ["name": "Di"]], upsert: true)
            #expect(upsert == UpdateResult(matched: 0, modified: 0, upsertedCount: 1))
            let replaced = try await people.replace(["_id": 2], ["name": "Bobby"])
            #expect(replaced.modified == 1)

            #expect(try await people.count(["age": ["$exists": true]]) == 2)
            #expect(try await people.count([:], limit: 2) == 2)
            #expect(try await people.distinct("age", [:]).compactMap(\.intValue).sorted() == [31, 42])
            let sum = try await people.aggregate([["$group": ["_id": nil, "sum": ["$sum": "$age"]]]])
            #expect(sum.first?["sum"]?.intValue == 73)

            #expect(try await people.delete(["_id": 1]) == 1)
            #expect(try await people.delete([:], multi: true) == 3)
            #expect(try await database.listCollectionNames() == ["people"])
        }
    }

    @Test("find-and-modify returns the document before or after, and nil when none matches")
    func findAndModify() async throws {
        try await TestMongo.shared().withDatabase { database in
            let jobs = database.collection("jobs")
            try await jobs.insert([["_id": "a", "n": 1], ["_id": "b", "n": 2]])
            let after = try await jobs.findOneAndUpdate(
                [:], update: ["$inc": ["n": 10]], options: .init(sort: ["n": -1]))
            #expect(after == ["_id": "b", "n": 12])
            let before = try await jobs.findOneAndUpdate(
                ["_id": "a"], update: ["$inc": ["n": 10]], options: .init(returnNew: false))
            #expect(before?["n"] == 1)
            #expect(try await jobs.findOneAndUpdate(["_id": "z"], update: ["$set": ["n": 0]]) == nil)
            #expect(try await jobs.findOneAndDelete(["_id": "a"])?["n"] == 11)
        }
    }

    @Test("batches come one by one, and leaving early gives the connection back")
    func batches() async throws {
        try await TestMongo.shared().withDatabase { database in
            let numbers = database.collection("numbers")
            try await numbers.insert((0..<2500).map { ["_id": .int($0)] })
            var sizes: [Int] = []
            for try await batch in numbers.batches([:], options: .init(sort: ["_id": 1]), batchSize: 1000) {
                sizes.append(batch.count)
            }
            #expect(sizes == [1000, 1000, 500])
            for _ in 0..<50 {
                for try await batch in numbers.batches([:], batchSize: 10) {
                    #expect(batch.count == 10)
                    break
                }
            }
            let all = try await numbers.find([:])
            #expect(all.count == 2500)
        }
    }

    @Test("read ahead, a batch comes before it is asked for, none is lost, and leaving early gives the connection back")
    func readingAhead() async throws {
        try await TestMongo.shared().withDatabase { database in
            try await withClient(TestMongo.shared().url) {
                $0.openCursors = 1
            } _: { client in
                let numbers = client.database(database.name).collection("numbers")
                try await numbers.insert((0..<2500).map { ["_id": .int($0)] })
                func walk() -> MongoBatches {
                    numbers.aggregateBatches([["$sort": ["_id": 1]]], batchSize: 1000, readsAhead: true)
                }
                let before = client.statistics.done
                var seen: [Int] = []
                for try await batch in walk() {
                    // A session, this batch, and the next one where there is one.
                    if seen.isEmpty { #expect(await eventually { client.statistics.done >= before + 3 }) }
                    seen += batch.compactMap { $0["_id"]?.intValue }
                }
                #expect(seen == Array(0..<2500))
                for _ in 0..<20 {
                    for try await batch in walk() {
                        #expect(batch.count == 1000)
                        break
                    }
                }
                let cancelled = Task {
                    for try await _ in walk() { withUnsafeCurrentTask { $0?.cancel() } }
                }
                await #expect(throws: CancellationError.self) { try await cancelled.value }
                var count = 0
                for try await batch in walk() { count += batch.count }
                #expect(count == 2500)
            }
        }
    }

    @Test("a transaction is all or nothing")
    func transaction() async throws {
        struct Stop: Error {}
        try await TestMongo.shared().withDatabase { database in
            let accounts = database.collection("accounts")
            try await accounts.insert(["_id": "a", "n": 0])
            try await database.withTransaction { transaction in
                try await accounts.insert(["_id": "b"], in: transaction)
                try await accounts.update(["_id": "a"], ["$inc": ["n": 1]], in: transaction)
                #expect(try await accounts.count([:], in: transaction) == 2)
            }
            #expect(try await accounts.count([:]) == 2)
            await #expect(throws: Stop.self) {
                try await database.withTransaction { transaction in
                    try await accounts.insert(["_id": "c"], in: transaction)
                    throw Stop()
                }
            }
            #expect(try await accounts.findOne(["_id": "a"])?["n"] == 1)
            #expect(try await accounts.count([:]) == 2)
        }
    }
}
