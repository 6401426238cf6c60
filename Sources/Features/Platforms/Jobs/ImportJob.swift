import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Tenancy
import Vault

/// Brings the rows of a file into the store.
///
/// Reading runs on a compute thread while the portion before is being written. What was done is noted every few
/// seconds; after a crash the file is read again from the start, because the keys of equal rows depend on what came
/// before them, but only portions behind the note are written. Writing one twice would change nothing either.
public struct ImportJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        public var importID: String

        public init(importID: String) { self.importID = importID }

        enum CodingKeys: String, CodingKey { case importID = "import_id" }
    }

    /// How far writing had come.
    struct Checkpoint: Codable, Sendable {
        var recordsDone: Int
        var bytesDone: Int
        var line: Int

        enum CodingKeys: String, CodingKey {
            case recordsDone = "records_done"
            case bytesDone = "bytes_done"
            case line
        }
    }

    public static let kind = "import"
    public static let stages = ["waiting", "reading", "deriving", "finishing"]
    /// Batches being written at the same time; more only lengthens the queue in front of the database.
    static let inFlight = 2

    private let imports: Imports

    public init(_ imports: Imports) { self.imports = imports }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        let scope = try await imports.jobScope(context.job, requiring: .customerImport)
        let record = try await imports.get(scope, parameters.importID)
        guard record.state != .finished, record.state != .undone else { return }
        try await imports.waitForTurn(scope, record, context)
        try await imports.update(
            scope, record.id,
            [.set("state", .string(ImportState.running.rawValue)), .set("started_at", .date(imports.clock.now()))])
        do {
            try await load(scope, record, context)
        } catch let error as CSVError {
            try await giveUp(scope, record, ImportFailure(error))
        } catch let error as FileError where error.isMissing {
            try await giveUp(scope, record, ImportFailure("file_gone"))
        }
        try await imports.release(scope, record.connectionID, holder: record.id)
    }

    /// Trying again cannot help a file that cannot be read.
    private func giveUp(_ scope: TenantScope, _ record: ImportRecord, _ failure: ImportFailure) async throws {
        try await imports.fail(scope, record, failure)
        try await imports.release(scope, record.connectionID, holder: record.id)
        throw JobFailure(key: "imports.failure.\(failure.code)", isPermanent: true)
    }

    private func load(_ scope: TenantScope, _ record: ImportRecord, _ context: JobContext) async throws {
        let done: Checkpoint? = try await context.checkpoint()
        let store = try await imports.store(scope, record, isWhole: done == nil)
        let loader = Loader(imports: imports, scope: scope, record: record, store: store, done: done)
        let tally: ImportTally
        do {
            tally = try await loader.run(context)
        } catch let error as CSVError {
            // What stands before the unreadable place is in the store, and has to count.
            if store.template.namesPeople { try await store.people.finish() }
            throw error
        }
        try await context.progress(stage: "deriving", rowsDone: 0, expected: nil)
        let state = store.template.namesPeople ? try await store.people.finish() : nil
        try await context.progress(stage: "finishing", rowsDone: tally.rows, expected: tally.rows)
        let counts = try await store.count(tally)
        try await imports.complete(scope, record, counts)
        context.setResult(["import_id": .string(record.id), "rows": .int(counts.rows)])
        if let state { try await imports.hooks.afterImport(scope, state, context.job.startedBy) }
    }
}

/// What the reading itself counts; it depends on the file alone, so repeating it cannot change it.
struct ImportTally: Sendable {
    var rows = 0
    var valid = 0
    var repeated = 0
    var further = 0
    var quarantined = 0
    var cardNumbers = 0

    mutating func add(_ portion: ImportPortion) {
        rows = portion.recordsDone
        valid += portion.accepted
        repeated += portion.repeated
        further += portion.further
        quarantined += portion.problems.count
        cardNumbers += portion.problems.count { $0.code == .cardNumber }
    }

    func counts(_ summary: ImportSummary) -> ImportCounts {
        var counts = ImportCounts()
        counts.rows = rows
        counts.repeated = repeated
        counts.further = further == 0 ? nil : further
        counts.quarantined = quarantined
        counts.cardNumbers = cardNumbers
        counts.ordersNew = summary.ordersNew
        counts.ordersUpdated = summary.ordersUpdated
        counts.ordersUnchanged = max(0, valid - summary.ordersNew - summary.ordersUpdated)
        counts.customersNew = summary.customersNew
        counts.consentsNew = summary.consentsNew
        counts.consentsKeptOut = summary.keptOut
        return counts
    }
}

/// The pipeline of one import: read, write side by side, note how far it came.
private struct Loader {
    let imports: Imports
    let scope: TenantScope
    let record: ImportRecord
    let store: ImportStore
    /// What an earlier try has written.
    let done: ImportJob.Checkpoint?

    func run(_ context: JobContext) async throws -> ImportTally {
        let reading = try ImportReading(
            path: imports.files.path(scope, record.id), mapping: record.mapping,
            columnNames: record.detected.columns.map(\.name), form: record.detected.form)
        var tally = ImportTally()
        var journal = ImportJournal(start: done?.recordsDone ?? 0)
        try await withThrowingTaskGroup(of: Int.self) { group in
            var writing = 0
            while let portion = try await ComputePool.shared.run({ try reading.next() }) {
                tally.add(portion)
                if portion.recordsDone <= done?.recordsDone ?? 0 { continue }
                if writing == ImportJob.inFlight, let index = try await group.next() {
                    writing -= 1
                    journal.finish(index)
                    try await note(&journal, context)
                }
                let index = journal.begin(portion)
                let (imports, scope, record, store) = (imports, scope, record, store)
                let stored = tally.quarantined
                group.addTask {
                    try await store.write(portion)
                    try await imports.quarantine(scope, record, portion.problems, countBefore: stored)
                    return index
                }
                writing += 1
            }
            while let index = try await group.next() { journal.finish(index) }
        }
        try await note(&journal, context, atEnd: true)
        return tally
    }

    private func note(_ journal: inout ImportJournal, _ context: JobContext, atEnd: Bool = false) async throws {
        guard let point = journal.point(atEnd: atEnd) else { return }
        try await context.progress(
            stage: "reading", rowsDone: point.recordsDone, expected: journal.expected(size: record.size))
        guard journal.isDue() || atEnd else { return }
        try await context.save(checkpoint: point)
        _ = try await imports.acquire(scope, record.connectionID, holder: record.id)
    }
}

/// Which portions are through: batches end in any order, but the note may only move over an unbroken row of them.
struct ImportJournal {
    private var waiting: [(index: Int, point: ImportJob.Checkpoint, isDone: Bool)] = []
    private var nextIndex = 0
    private var reached: ImportJob.Checkpoint?
    private var noted = ContinuousClock.now

    init(start: Int) {}

    mutating func begin(_ portion: ImportPortion) -> Int {
        defer { nextIndex += 1 }
        let point = ImportJob.Checkpoint(
            recordsDone: portion.recordsDone, bytesDone: portion.bytesDone, line: portion.line)
        waiting.append((nextIndex, point, false))
        return nextIndex
    }

    mutating func finish(_ index: Int) {
        if let place = waiting.firstIndex(where: { $0.index == index }) { waiting[place].isDone = true }
        while let first = waiting.first, first.isDone {
            reached = first.point
            waiting.removeFirst()
        }
    }

    func point(atEnd: Bool) -> ImportJob.Checkpoint? { reached }

    /// A few seconds between notes: often enough to lose little, seldom enough to cost nothing.
    mutating func isDue() -> Bool {
        guard noted.duration(to: .now) > .seconds(2) else { return false }
        noted = .now
        return true
    }

    /// How many records the whole file will have, from the bytes read so far.
    func expected(size: Int) -> Int? {
        guard let reached, reached.bytesDone > 0 else { return nil }
        return max(reached.recordsDone, reached.recordsDone * size / reached.bytesDone)
    }
}
