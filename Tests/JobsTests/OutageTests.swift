import BSON
import Jobs
import Mongo
import TestMongo
import Testing
import Waiting

@Suite("Jobs and outages")
struct OutageTests {
    /// Thirty steps, each harmless twice, each followed by a checkpoint.
    struct PatientJob: JobHandler {
        static let kind = "patient"
        static let stages = ["steps"]
        let rows: MongoCollection
        let notes: Notes
        let afterFive: Gate

        func run(_ parameters: Order, _ context: JobContext) async throws {
            for step in (try await context.checkpoint() ?? 0)..<30 {
                notes.add("step")
                try await rows.update(["_id": .int(step)], ["$set": ["done": true]], upsert: true)
                try await context.save(checkpoint: step + 1)
                try await context.progress(stage: "steps", rowsDone: step + 1, expected: 30)
                if step == 4 {
                    notes.add("at the gate")
                    try await afterFive.pass()
                }
            }
        }
    }

    @Test("a job waits while the database is away and ends well when it is back")
    func databaseKilled() async throws {
        let server = try await MongoServer.start()
        let client = try MongoClient(
            MongoConfiguration(url: server.url, serverSelectionTimeout: .milliseconds(300)))
        let database = client.database("outage")
        try await JobCollections.create(in: database)
        let rows = database.collection("rows")
        let notes = Notes()
        let afterFive = Gate()
        let queue = JobQueue(database: database)
        let job = try await queue.enqueue(PatientJob.self, partition: "a", parameters: Order(name: "x"), maxAttempts: 1)
        let runner = JobRunner(
            database: database, handlers: [PatientJob(rows: rows, notes: notes, afterFive: afterFive)],
            configuration: .init(pollInterval: .milliseconds(50), backoff: Backoff(base: 0.1, longest: 0.5)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await runner.run() }
            try await expectEventually { notes.count("at the gate") == 1 }
            server.kill()
            let missing = await eventually { (try? await rows.findOne([:])) == nil }
            #expect(missing)
            afterFive.open()
            try await expectEventually { notes.count("step") > 5 }
            try await server.restart()
            let isDone = await eventually {
                (try? await queue.get(job.id, partition: "a"))?.state == .succeeded
            }
            #expect(isDone)
        }
        #expect(try await rows.count(["done": true]) == 30)
        #expect(try await queue.get(job.id, partition: "a")?.attempt == 1)
        await client.shutdown()
        server.kill()
    }
}
