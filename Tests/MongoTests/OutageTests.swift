import BSON
import Mongo
import TestMongo
import Testing
import Waiting

@Suite("Outages")
struct OutageTests {
    @Test("a server that is gone is unavailable soon, and found again when it is back")
    func goneAndBack() async throws {
        let server = try await MongoServer.start()
        try await withClient(server.url) {
            $0.serverSelectionTimeout = .milliseconds(500)
        } _: { client in
            let rows = client.database("outage").collection("rows")
            try await rows.insert(["_id": 1])
            server.kill()
            for _ in 0..<2 {
                let start = ContinuousClock.now
                let error = await mongoError { _ = try await rows.findOne([:]) }
                #expect(error?.kind == .unavailable)
                #expect(ContinuousClock.now - start < .seconds(5))
            }
            try await server.restart()
            #expect(await eventually { (try? await rows.count([:])) == 1 })
            try await rows.insert(["_id": 2])
        }
        server.kill()
    }

    @Test("a server that was never there is unavailable within the selection timeout")
    func neverThere() async throws {
        let url = "mongodb://127.0.0.1:1/?replicaSet=rs0"
        try await withClient(url) {
            $0.serverSelectionTimeout = .milliseconds(300)
        } _: { client in
            let error = await mongoError { try await client.ping() }
            #expect(error?.kind == .unavailable)
        }
    }
}
