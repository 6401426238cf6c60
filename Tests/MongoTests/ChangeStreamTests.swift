import BSON
import Mongo
import Synchronization
import TestMongo
import Testing
import Waiting

@Suite("Change streams")
struct ChangeStreamTests {
    @Test("changes arrive in order, and a token goes on behind its event")
    func followAndResume() async throws {
        try await TestMongo.shared().withDatabase { database in
            let events = database.collection("events")
            let seen = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // Until the stream is open, events pass by; so there is always another one.
                    for number in 0... { try await events.insert(["_id": .int(number)]) }
                }
                defer { group.cancelAll() }
                return try await Self.take(5, database.watch([["$match": ["operationType": "insert"]]]))
            }
            let ids = seen.compactMap { $0.documentID?.intValue }
            let first = try #require(ids.first)
            #expect(ids == Array(first..<(first + 5)))
            #expect(seen.allSatisfy { $0.collection == "events" && $0.fullDocument != nil })

            let rest = try await Self.take(3, database.watch(resumeAfter: seen[1].resumeToken))
            #expect(rest.compactMap { $0.documentID?.intValue } == Array(ids[2...4]))
        }
    }

    @Test("a pipeline the server refuses ends the stream with its error")
    func refused() async throws {
        try await TestMongo.shared().withDatabase { database in
            let error = await mongoError { _ = try await Self.take(1, database.watch([["$noSuch": 1]])) }
            #expect(error?.kind == .command)
        }
    }

    @Test("the stream goes on behind the last event when the server comes back")
    func outage() async throws {
        let server = try await MongoServer.start()
        try await withClient(server.url) {
            $0.serverSelectionTimeout = .milliseconds(500)
        } _: { client in
            let database = client.database("changes")
            let rows = database.collection("rows")
            try await rows.insert(["_id": 0])
            // The writer ends by itself: a cancelled insert may still be done by the server, behind what follows here.
            let isFollowed = Mutex(false)
            async let writing: Void = {
                var number = 0
                while !isFollowed.withLock(\.self) {
                    number -= 1
                    try await rows.insert(["_id": .int(number)])
                }
            }()
            let token = try await Self.take(1, database.watch())[0].resumeToken
            isFollowed.withLock { $0 = true }
            try await writing
            try await rows.insert(["_id": 100])
            var iterator = database.watch(resumeAfter: token).makeAsyncIterator()
            while try await iterator.next()?.documentID != 100 {}
            server.kill()
            try await server.restart()
            #expect(await eventually { (try? await rows.insert(["_id": 101])) != nil })
            #expect(try await iterator.next()?.documentID == 101)
        }
        server.kill()
    }

    private static func take(_ count: Int, _ stream: MongoChangeStream) async throws -> [MongoChange] {
        var seen: [MongoChange] = []
        for try await change in stream {
            seen.append(change)
            if seen.count == count { break }
        }
        return seen
    }
}
