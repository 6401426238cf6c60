import BSON
import Foundation
import Jobs
import Logging
import Mongo
import ServiceLifecycle
import TestMongo
import Testing
import Vault

@Suite("Workers")
struct WorkerTests {
    @Test("several runners never run one job at once, and each job once")
    func oneAtATime() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            for number in 0..<40 {
                try await bench.queue.enqueue(NoteJob.self, partition: "a", parameters: Order(name: "\(number)"))
            }
            let handler = NoteJob(notes: notes)
            try await bench.working(
                bench.runner(handler), bench.runner(handler), bench.runner(handler, concurrency: 4)
            ) {
                try await expectEventually {
                    try await bench.queue.list(partition: "a").allSatisfy { $0.state == .succeeded }
                }
            }
            #expect(notes.all.count == 40)
            #expect(Set(notes.all).count == 40)
        }
    }

    @Test("a dead worker's job is taken over, and its late writes change nothing")
    func takeOver() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let job = try await bench.queue.enqueue(EndlessJob.self, partition: "a", parameters: Order(name: "x"))
            // A worker whose heartbeat never comes: for the others it is dead when its lease has run out. It has no second
            // hand, which could take its own job over.
            let silent = bench.runner(EndlessJob(notes: notes), concurrency: 1, heartbeat: .seconds(3600))
            try await bench.working(silent) {
                try await expectEventually { notes.count("started") == 1 }
                let second = Notes()
                try await bench.working(bench.runner(EndlessJob(notes: second))) {
                    #expect(second.all.isEmpty)
                    bench.time.advance(by: 61)
                    try await expectEventually { second.count("started") == 1 }
                    // The first one notices at its next write, and stops.
                    try await expectEventually { notes.count("stopped") == 1 }
                    let running = try await bench.get(job)
                    #expect(running.state == .running && running.attempt == 2)
                }
            }
        }
    }

    @Test("a job that kills its workers is given up")
    func poison() async throws {
        try await JobBench.with { bench in
            let job = try await bench.queue.enqueue(
                NoteJob.self, partition: "a", parameters: Order(name: "x"), maxAttempts: 2)
            try await bench.database.collection("jobs").update(
                ["_id": .string(job.id)],
                [
                    "$set": [
                        "state": "running", "attempt": 2, "lease_token": "gone",
                        "lease_expires_at": .date(bench.time.now.addingTimeInterval(-1)),
                    ]
                ])
            let notes = Notes()
            try await bench.working(bench.runner(NoteJob(notes: notes))) {
                try await bench.expect(.failed, job)
            }
            #expect(notes.all.isEmpty)
            #expect(try await bench.get(job).error == JobErrorKey.workerLost)
        }
    }

    @Test("the heartbeat keeps a long job's lease")
    func heartbeat() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let job = try await bench.queue.enqueue(EndlessJob.self, partition: "a", parameters: Order(name: "x"))
            let first = bench.runner(EndlessJob(notes: notes), heartbeat: .milliseconds(10))
            try await bench.working(first) {
                try await expectEventually { notes.count("started") == 1 }
                for _ in 0..<5 {
                    bench.time.advance(by: 30)
                    let now = bench.time.now
                    try await expectEventually {
                        let lease = try await bench.database.collection("jobs").findOne(["_id": .string(job.id)])
                        return lease?["lease_expires_at"]?.dateValue == now.addingTimeInterval(60)
                    }
                }
                #expect(try await bench.get(job).attempt == 1)
            }
        }
    }

    @Test("a running job is cancelled at its next progress, a waiting one at once")
    func cancel() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let waiting = try await bench.queue.enqueue(NoteJob.self, partition: "a", parameters: Order(name: "x"))
            #expect(try await bench.queue.cancel(waiting.id, partition: "a")?.state == .cancelled)

            let job = try await bench.queue.enqueue(EndlessJob.self, partition: "a", parameters: Order(name: "x"))
            try await bench.working(bench.runner(EndlessJob(notes: notes))) {
                try await expectEventually { notes.count("started") == 1 }
                #expect(try await bench.queue.cancel(job.id, partition: "a")?.cancelRequested == true)
                try await bench.expect(.cancelled, job)
            }
            #expect(notes.all == ["started", "stopped"])
            #expect(try await bench.queue.cancel(job.id, partition: "a") == nil)
        }
    }

    @Test("a graceful shutdown puts running jobs back, for another worker to take at once")
    func shutdown() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let job = try await bench.queue.enqueue(EndlessJob.self, partition: "a", parameters: Order(name: "x"))
            let runner = bench.runner(EndlessJob(notes: notes))
            let services = ServiceGroup(services: [runner], logger: Logger(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await services.run() }
                try await expectEventually { notes.count("started") == 1 }
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
            }
            let released = try await bench.get(job)
            #expect(released.state == .queued && released.attempt == 0)
            let second = Notes()
            try await bench.working(bench.runner(EndlessJob(notes: second))) {
                try await expectEventually { second.count("started") == 1 }
            }
        }
    }
}
