import BSON
import Foundation
import Jobs
import Logging
import Mongo
import TestMongo
import Testing
import Vault
import Waiting

@testable import Mail

@Suite("Mail outbox")
struct OutboxTests {
    /// A database, a clock that stands, and the outbox on both.
    private struct Bench: Sendable {
        let database: MongoDatabase
        let time = ManualTime()
        var clock: WallClock { .manual(time) }
        var queue: JobQueue { JobQueue(database: database, clock: clock) }

        func outbox(_ port: Int?) throws -> MailOutbox {
            let sealer = Sealer(try KeyRing([("k", Array(repeating: UInt8(3), count: 32))]))
            let from = try #require(MailAddress("post@omnify.example"))
            return MailOutbox(
                database: database, queue: queue, sealer: sealer,
                smtp: port.map {
                    SMTPConfiguration(host: "127.0.0.1", port: $0, security: .none, from: from, timeout: 5)
                },
                clock: clock)
        }

        func put(_ outbox: MailOutbox, _ key: String, to: String = "ana@shop.example") async throws -> Bool {
            try await outbox.put(
                partition: "org_1", key: key, to: try #require(MailAddress(to)), subject: "Late", text: "It is late.")
        }

        /// Lets workers hand over what is due, until no job is left.
        func deliver(_ outbox: MailOutbox, workers: Int = 1) async throws {
            try await outbox.wake()
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let quiet = logger
            let tasks = (0..<workers).map { _ in
                let runner = JobRunner(
                    database: database, handlers: [DeliverMailJob(outbox)], clock: clock,
                    configuration: JobRunnerConfiguration(concurrency: 1, pollInterval: .milliseconds(20)),
                    logger: quiet)
                return Task { try await runner.run() }
            }
            defer { for task in tasks { task.cancel() } }
            let ended = try await eventually {
                try await queue.active(partition: Heartbeats.system, kind: DeliverMailJob.kind) == nil
            }
            #expect(ended)
        }

        func row(_ key: String) async throws -> BSONDocument {
            try #require(try await database.collection("mail_outbox").findOne(["key": .string(key)]))
        }
    }

    private func run(_ body: @Sendable (Bench) async throws -> Void) async throws {
        try await TestMongo.shared().withDatabase { database in
            for collection in MailCollections.all {
                _ = try await database.command([
                    "createIndexes": .string(collection.name),
                    "indexes": .array(collection.indexes.map { .document($0.specification) }),
                ])
            }
            try await body(Bench(database: database))
        }
    }

    @Test("without a mail server mails wait; with one they leave, once")
    func waits() async throws {
        try await run { bench in
            let unset = try bench.outbox(nil)
            #expect(try await bench.put(unset, "a"))
            #expect(try await bench.put(unset, "a") == false)
            try await unset.wake()
            #expect(try await bench.queue.active(partition: Heartbeats.system, kind: DeliverMailJob.kind) == nil)
            let status = try await unset.status(partition: "org_1")
            #expect(status == MailStatus(isConfigured: false, waiting: 1, failed: 0, lastError: nil))
            try await SMTPTestServer.run { server in
                let outbox = try bench.outbox(server.port)
                try await bench.deliver(outbox)
                try await bench.deliver(outbox)
                #expect(server.received.count == 1)
                #expect(try await outbox.status(partition: "org_1").waiting == 0)
                let row = try await bench.row("a")
                #expect(row["state"]?.stringValue == "sent" && row["sealed"] == nil)
            }
        }
    }

    @Test("who gets it and what it says cannot be read in the database")
    func sealed() async throws {
        try await run { bench in
            _ = try await bench.put(try bench.outbox(nil), "a")
            let row = "\(try await bench.row("a"))"
            #expect(!row.contains("ana@shop.example") && !row.contains("It is late"))
        }
    }

    @Test("a busy server is tried again after a pause, a refused address never")
    func retries() async throws {
        try await run { bench in
            let manners = SMTPTestServer.Manners(recipients: [
                "busy@shop.example": "451 later", "gone@shop.example": "550 no",
            ])
            try await SMTPTestServer.run(manners) { server in
                let outbox = try bench.outbox(server.port)
                _ = try await bench.put(outbox, "busy", to: "busy@shop.example")
                _ = try await bench.put(outbox, "gone", to: "gone@shop.example")
                try await bench.deliver(outbox)
                let status = try await outbox.status(partition: "org_1")
                #expect(status == MailStatus(isConfigured: true, waiting: 1, failed: 1, lastError: "451"))
            }
            try await SMTPTestServer.run { server in
                let outbox = try bench.outbox(server.port)
                bench.time.advance(by: 3600)
                try await bench.deliver(outbox)
                #expect(server.received.map(\.recipient) == ["busy@shop.example"])
            }
        }
    }

    @Test("two workers hand over each mail once")
    func workers() async throws {
        try await run { bench in
            try await SMTPTestServer.run { server in
                let outbox = try bench.outbox(server.port)
                for number in 0..<60 { _ = try await bench.put(outbox, "m\(number)", to: "p\(number)@shop.example") }
                try await bench.queue.enqueue(
                    DeliverMailJob.self, partition: Heartbeats.system, parameters: .init())
                try await bench.deliver(outbox, workers: 2)
                try await bench.deliver(outbox)
                #expect(server.received.count == 60)
                #expect(Set(server.received.map(\.recipient)).count == 60)
            }
        }
    }

    @Test("a worker that died with mails leaves them to the next, and its late word does not count")
    func lease() async throws {
        try await run { bench in
            try await SMTPTestServer.run { server in
                let outbox = try bench.outbox(server.port)
                _ = try await bench.put(outbox, "a")
                let held = try #require(try await outbox.claim())
                #expect(try await outbox.claim() == nil)
                bench.time.advance(by: MailOutbox.leaseSeconds + 1)
                let again = try #require(try await outbox.claim())
                try await outbox.finish(held.mail, .refused(code: 550))
                #expect(try await bench.row("a")["state"]?.stringValue == "waiting")
                try await outbox.finish(again.mail, nil)
                #expect(try await bench.row("a")["state"]?.stringValue == "sent")
            }
        }
    }
}
