import BSON
import Jobs
import Mongo
import TestMongo

struct Order: Codable, Sendable {
    var name: String
}

/// Notes its runs and succeeds.
struct NoteJob: JobHandler {
    static let kind = "note"
    static let stages = ["read", "write"]
    let notes: Notes

    func run(_ parameters: Order, _ context: JobContext) async throws {
        notes.add(parameters.name)
        try await context.progress(stage: "read", rowsDone: 1, expected: 2)
        try await context.progress(stage: "write", rowsDone: 2, expected: 2)
        context.setResult(["rows": 2])
    }
}

/// Fails until its nth run.
struct FlakyJob: JobHandler {
    static let kind = "flaky"
    static let stages = ["try"]
    let notes: Notes
    var failures = 2
    var error: any Error & Sendable = JobFailure(key: "flaky.error", detail: "row 7", isPermanent: false)

    func run(_ parameters: Order, _ context: JobContext) async throws {
        notes.add("run")
        if notes.count("run") <= failures { throw error }
    }
}

/// Goes on until it is stopped; each of its steps is a write, since the bench keeps no progress back.
struct EndlessJob: JobHandler {
    static let kind = "endless"
    static let stages = ["spin"]
    let notes: Notes

    func run(_ parameters: Order, _ context: JobContext) async throws {
        notes.add("started")
        var row = 0
        do {
            while true {
                row += 1
                try await context.progress(stage: "spin", rowsDone: row)
            }
        } catch {
            notes.add("stopped")
            throw error
        }
    }
}

/// Adds one row per step, keeps its place, and dies once in the middle.
struct SteppingJob: JobHandler {
    static let kind = "stepping"
    static let stages = ["steps"]
    let rows: MongoCollection
    let notes: Notes

    func run(_ parameters: Order, _ context: JobContext) async throws {
        let start: Int = try await context.checkpoint() ?? 0
        for step in start..<10 {
            try await rows.insert(["_id": .int(step)])
            try await context.save(checkpoint: step + 1)
            if step == 4, notes.count("died") == 0 {
                notes.add("died")
                throw JobFailure(key: "died", isPermanent: false)
            }
        }
    }
}
