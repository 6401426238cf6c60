import BSON
import Mongo
import TestMongo
import Testing

/// One after the other: the server has only one failpoint of this kind.
@Suite("Faults", .serialized)
struct FaultTests {
    @Test("a transient error runs the body again")
    func transient() async throws {
        let server = try await FaultyServer.start()
        try await withClient(server.url) {
            $0.appName = "transient"
        } _: { client in
            let database = client.database("transient")
            let rows = database.collection("rows")
            try await rows.insert(["_id": 0])
            try await client.database("admin").failNext(
                2, "insert", appName: "transient", code: 112, labels: ["TransientTransactionError"])
            var runs = 0
            try await database.withTransaction { transaction in
                runs += 1
                try await rows.insert(["_id": 1], in: transaction)
            }
            #expect(runs == 3)
            #expect(try await rows.count([:]) == 2)
        }
    }

    @Test("a commit nobody knows the end of is committed again, not run again")
    func unknownCommit() async throws {
        let server = try await FaultyServer.start()
        try await withClient(server.url) {
            $0.appName = "commit"
        } _: { client in
            let database = client.database("commit")
            let rows = database.collection("rows")
            try await rows.insert(["_id": 0])
            try await client.database("admin").failNext(3, "commitTransaction", appName: "commit", code: 50)
            var runs = 0
            try await database.withTransaction { transaction in
                runs += 1
                try await rows.insert(["_id": 1], in: transaction)
            }
            #expect(runs == 1)
            #expect(try await rows.count([:]) == 2)
        }
    }

    @Test("the deadline ends the tries")
    func deadline() async throws {
        let server = try await FaultyServer.start()
        try await withClient(server.url) {
            $0.appName = "deadline"
        } _: { client in
            let database = client.database("deadline")
            let rows = database.collection("rows")
            try await rows.insert(["_id": 0])
            try await client.database("admin").failNext(
                1000, "insert", appName: "deadline", code: 112, labels: ["TransientTransactionError"])
            let error = await mongoError {
                try await database.withTransaction(deadline: .milliseconds(200)) { transaction in
                    try await rows.insert(["_id": 1], in: transaction)
                }
            }
            #expect(error?.isTransientTransaction == true)
            try await client.database("admin").failNext(0, "insert", appName: "deadline")
        }
    }

    @Test("a write whose connection breaks is sent again and happens once")
    func retriedWrite() async throws {
        let server = try await FaultyServer.start()
        try await withClient(server.url) {
            $0.appName = "retry"
        } _: { client in
            let rows = client.database("retry").collection("rows")
            try await rows.insert(["_id": 0, "n": 0])
            let admin = client.database("admin")
            try await admin.failNext(1, "insert", appName: "retry", closesConnection: true)
            try await rows.insert(["_id": 1])
            try await admin.failNext(1, "update", appName: "retry", closesConnection: true)
            try await rows.update(["_id": 0], ["$inc": ["n": 1]])
            try await admin.failNext(1, "findAndModify", appName: "retry", closesConnection: true)
            try await rows.findOneAndUpdate(["_id": 0], update: ["$inc": ["n": 1]])
            try await admin.failNext(1, "find", appName: "retry", closesConnection: true)
            #expect(try await rows.findOne(["_id": 0])?["n"] == 2)
        }
    }
}
