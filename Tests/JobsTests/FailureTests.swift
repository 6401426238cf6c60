import BSON
import Foundation
import Jobs
import Mongo
import TestMongo
import Testing
import Vault

@Suite("Job failures")
struct FailureTests {
    @Test("a failing job is tried again after a growing pause, then succeeds")
    func retries() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let job = try await bench.queue.enqueue(
                FlakyJob.self, partition: "a", parameters: Order(name: "x"), maxAttempts: 3)
            try await bench.working(bench.runner(FlakyJob(notes: notes))) {
                for attempt in 1...2 {
                    try await expectEventually { try await bench.get(job).error != nil }
                    let waiting = try await bench.get(job)
                    #expect(waiting.state == .queued && waiting.attempt == attempt)
                    #expect(waiting.error == "flaky.error" && waiting.errorDetail == "row 7")
                    let pause = waiting.runAt.timeIntervalSince(bench.time.now)
                    #expect(pause >= 0.49 * Double(attempt) && pause <= Double(attempt))
                    bench.time.advance(by: 10)
                    try await expectEventually { notes.count("run") == attempt + 1 }
                }
                try await bench.expect(.succeeded, job)
            }
            #expect(try await bench.get(job).error == nil)
        }
    }

    @Test("after the last try the job is failed, and can be tried anew")
    func givesUp() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let job = try await bench.queue.enqueue(
                FlakyJob.self, partition: "a", parameters: Order(name: "x"), maxAttempts: 1)
            try await bench.working(bench.runner(FlakyJob(notes: notes, failures: 1))) {
                try await bench.expect(.failed, job)
                #expect(try await bench.queue.retry(job.id, partition: "a")?.state == .queued)
                try await bench.expect(.succeeded, job)
            }
            #expect(try await bench.queue.retry(job.id, partition: "a") == nil)
        }
    }

    @Test("a permanent failure is not tried again, and an unexplained one shows no details")
    func permanent() async throws {
        struct Secret: Error {}
        try await JobBench.with { bench in
            let notes = Notes()
            let job = try await bench.queue.enqueue(FlakyJob.self, partition: "a", parameters: Order(name: "x"))
            let handler = FlakyJob(notes: notes, failures: 9, error: JobFailure(key: "file.unreadable"))
            try await bench.working(bench.runner(handler)) { try await bench.expect(.failed, job) }
            #expect(notes.count("run") == 1)
            #expect(try await bench.get(job).error == "file.unreadable")

            let other = try await bench.queue.enqueue(
                FlakyJob.self, partition: "a", parameters: Order(name: "x"), maxAttempts: 1)
            try await bench.working(bench.runner(FlakyJob(notes: Notes(), failures: 9, error: Secret()))) {
                try await bench.expect(.failed, other)
            }
            #expect(try await bench.get(other).error == JobErrorKey.unexpected)
            #expect(try await bench.get(other).errorDetail == nil)
        }
    }

    @Test("a job that finds the database away waits, and the try does not count")
    func databaseAway() async throws {
        try await JobBench.with { bench in
            let notes = Notes()
            let job = try await bench.queue.enqueue(
                FlakyJob.self, partition: "a", parameters: Order(name: "x"), maxAttempts: 1)
            let away = MongoError(.unavailable, "no server")
            try await bench.working(bench.runner(FlakyJob(notes: notes, failures: 2, error: away))) {
                try await expectEventually {
                    bench.time.advance(by: 10)
                    return try await bench.get(job).state == .succeeded
                }
            }
            #expect(notes.count("run") == 3)
            #expect(try await bench.get(job).attempt == 1)
        }
    }

    @Test("a job goes on from its checkpoint, and no step is done twice")
    func checkpoint() async throws {
        try await JobBench.with { bench in
            let rows = bench.database.collection("rows")
            let job = try await bench.queue.enqueue(SteppingJob.self, partition: "a", parameters: Order(name: "x"))
            try await bench.working(bench.runner(SteppingJob(rows: rows, notes: Notes()))) {
                try await expectEventually {
                    let job = try await bench.get(job)
                    if job.state == .queued { bench.time.advance(by: 10) }
                    return job.state == .succeeded
                }
            }
            #expect(try await rows.count([:]) == 10)
            #expect(try await bench.get(job).attempt == 2)
        }
    }

    @Test("parameters that no longer fit fail at once")
    func badParameters() async throws {
        try await JobBench.with { bench in
            let job = try await bench.queue.enqueue(NoteJob.self, partition: "a", parameters: Order(name: "x"))
            try await bench.database.collection("jobs").update(
                ["_id": .string(job.id)], ["$set": ["parameters": ["other": 1]]])
            try await bench.working(bench.runner(NoteJob(notes: Notes()))) {
                try await bench.expect(.failed, job)
            }
            #expect(try await bench.get(job).error == JobErrorKey.parameters)
        }
    }

    @Test("the pause grows from half to all of twice the last, up to its limit")
    func backoff() {
        let backoff = Backoff(base: 2, longest: 20)
        #expect(backoff.delay(attempt: 1, random: 0) == 1)
        #expect(backoff.delay(attempt: 3, random: 0) == 4)
        #expect(backoff.delay(attempt: 3, random: 0.5) == 6)
        #expect(backoff.delay(attempt: 99, random: 0) == 10)
    }
}
