import BSON
import Foundation
import Jobs
import TestMongo
import Testing
import Vault

@Suite("Job queue")
struct QueueTests {
    @Test("a job runs, shows its progress and keeps its result")
    func runs() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let job = try await bench.queue.enqueue(
                NoteJob.self, partition: bench.partition, parameters: Order(name: "a"), startedBy: "usr_1")
            #expect(job.state == .queued)
            #expect(job.progress.stages == ["read", "write"])
            try await bench.working(bench.runner(NoteJob(notes: notes))) {
                try await bench.expect(.succeeded, job)
            }
            let done = try await bench.get(job)
            #expect(done.result == ["rows": 2])
            #expect(done.progress.stage == "write")
            #expect(done.progress.stageIndex == 1)
            #expect(done.progress.rowsDone == 2 && done.progress.rowsExpected == 2)
            #expect(done.attempt == 1 && done.startedBy == "usr_1")
            #expect(notes.all == ["a"])
        }
    }

    @Test("a runner wakes at once when a job is added in its process")
    func nudge() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let slow = JobRunner(
                database: bench.database, handlers: [NoteJob(notes: notes)], clock: bench.clock,
                configuration: .init(pollInterval: .seconds(30)))
            try await bench.working(slow) {
                let first = try await bench.queue.enqueue(
                    NoteJob.self, partition: "p", parameters: Order(name: "first"))
                try await bench.expect(.succeeded, first)
                let second = try await bench.queue.enqueue(
                    NoteJob.self, partition: "p", parameters: Order(name: "second"))
                try await bench.expect(.succeeded, second)
            }
        }
    }

    @Test("the same idempotency key gives the same job, per partition and kind")
    func idempotency() async throws {
        try await JobBench.with { bench in
            func add(_ partition: String, _ key: String?) async throws -> Job {
                try await bench.queue.enqueue(
                    NoteJob.self, partition: partition, parameters: Order(name: "x"), idempotencyKey: key)
            }
            let first = try await add("a", "k")
            #expect(try await add("a", "k").id == first.id)
            #expect(try await add("b", "k").id != first.id)
            let (one, other) = (try await add("a", nil), try await add("a", nil))
            #expect(one.id != other.id)
            #expect(try await bench.queue.list(partition: "a").count == 3)
        }
    }

    @Test("one partition does not see another's jobs")
    func partitions() async throws {
        try await JobBench.with { bench in
            let job = try await bench.queue.enqueue(NoteJob.self, partition: "a", parameters: Order(name: "x"))
            #expect(try await bench.queue.get(job.id, partition: "b") == nil)
            #expect(try await bench.queue.cancel(job.id, partition: "b") == nil)
            #expect(try await bench.queue.list(partition: "b").isEmpty)
            #expect(try await bench.queue.active(partition: "b", kind: NoteJob.kind) == nil)
            #expect(try await bench.queue.active(partition: "a", kind: NoteJob.kind)?.id == job.id)
        }
    }

    @Test("a job does not run before its time")
    func later() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let due = bench.time.now.addingTimeInterval(60)
            let late = try await bench.queue.enqueue(
                NoteJob.self, partition: "a", parameters: Order(name: "late"), runAt: due)
            let now = try await bench.queue.enqueue(NoteJob.self, partition: "a", parameters: Order(name: "now"))
            try await bench.working(bench.runner(NoteJob(notes: notes))) {
                try await bench.expect(.succeeded, now)
                #expect(try await bench.get(late).state == .queued)
                bench.time.advance(by: 61)
                try await bench.expect(.succeeded, late)
            }
            #expect(notes.all == ["now", "late"])
        }
    }

    @Test("the next job of a kind knows how long the last one took")
    func estimate() async throws {
        try await JobBench.with { bench in
            let first = try await bench.queue.enqueue(NoteJob.self, partition: "a", parameters: Order(name: "1"))
            #expect(first.lastDuration == nil)
            try await bench.working(bench.runner(NoteJob(notes: Notes()))) {
                try await bench.expect(.succeeded, first)
            }
            let second = try await bench.queue.enqueue(NoteJob.self, partition: "a", parameters: Order(name: "2"))
            #expect(second.lastDuration != nil)
        }
    }
}
