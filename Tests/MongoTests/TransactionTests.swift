import BSON
import Mongo
import TestMongo
import Testing
import Waiting

@Suite("Transactions")
struct TransactionTests {
    @Test("rivals for one document both come through")
    func conflict() async throws {
        try await TestMongo.shared().withDatabase { database in
            let counters = database.collection("counters")
            try await counters.insert(["_id": "n", "value": 0])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await database.withTransaction { transaction in
                            let now = try await counters.findOne(["_id": "n"], in: transaction)?["value"]?.intValue
                            let next: BSONDocument = ["value": .int((now ?? 0) + 1)]
                            try await counters.update(["_id": "n"], ["$set": .document(next)], in: transaction)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await counters.findOne(["_id": "n"])?["value"] == 8)
        }
    }

    @Test("cancellation aborts, and the connection comes back")
    func cancellation() async throws {
        try await TestMongo.shared().withDatabase { database in
            let rows = database.collection("rows")
            try await rows.insert(["_id": 0])
            let (inside, signal) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await database.withTransaction { transaction in
                    try await rows.insert(["_id": 1], in: transaction)
                    signal.finish()
                    try await Gate.neverOpens()
                }
            }
            for await _ in inside {}
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await rows.count([:]) == 1)
            for number in 10..<40 {
                try await database.withTransaction { try await rows.insert(["_id": .int(number)], in: $0) }
            }
        }
    }
}
