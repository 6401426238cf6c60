import BSON
import Foundation
import Jobs
import Mongo
import Records
import Synchronization
import Tenancy
import Vault

/// Counts records while a stream is read, so that they are known when it breaks off.
final class StreamProgress: Sendable {
    private let records = Mutex(0)

    var count: Int { records.withLock { $0 } }
    func add(_ more: Int) -> Int {
        records.withLock {
            $0 += more
            return $0
        }
    }
}

/// Reads one stream: its spans one after the other, page by page, each page stored before the place moves on.
struct StreamSync: Sendable {
    let sync: ConnectionSync
    let connector: any Connector
    let calls: VendorCalls
    let stream: SyncStream
    /// Records of streams done before, for the progress display.
    let before: Int
    let progress = StreamProgress()

    private var service: ConnectionsService { sync.service }
    private var now: Date { service.clock.now() }

    /// Records read. Throws ``VendorFault`` when it has to stop; everything up to the last page is stored.
    func run(_ state: inout SyncState) async throws -> Int {
        try await begin(&state)
        let runID = state.runID ?? ID.make("run", at: now)
        var run =
            try await service.runs(sync.scope).get(id: runID)
            ?? SyncRun(
                id: runID, connectionID: state.connectionID, stream: stream.name,
                mode: state.firstLoadedAt == nil ? "first" : "incremental", now: now)
        run.state = "running"
        try await service.runs(sync.scope).replace(run, upsert: true)
        do {
            let store = try sync.store(stream, run: runID, schemaVersion: connector.schemaVersion)
            let pipeline = Pipeline(
                call: calls, store: store, consent: sync.connection.consent ?? .standard)
            while let span = state.span { try await read(span, pipeline, &state, &run) }
            try await end(&state, &run)
        } catch let fault as VendorFault {
            try await fail(fault, &state, &run)
            throw fault
        }
        return progress.count
    }

    /// Goes on where the last try stopped, or lays out what is to be read.
    private func begin(_ state: inout SyncState) async throws {
        state.lastStartedAt = now
        if state.span == nil {
            var spans = spans(state)
            state.span = spans.removeFirst()
            state.waiting = spans
            state.place = nil
            state.runID = ID.make("run", at: now)
        }
        try await save(&state)
    }

    private func spans(_ state: SyncState) -> [Span] {
        switch stream.span {
        case .all: return [.all]
        case .updated(let overlap):
            return [state.watermark.map { .since($0.addingTimeInterval(-overlap)) } ?? .all]
        case .days(let restated, let slice, let history, let weekly):
            let today = VendorTime.day(now, in: calls.account.timeZone ?? "UTC")
            let settings = calls.settings
            var days = settings.number("restated_days", or: restated)
            if let weekly, Self.week(state.lastOkAt ?? now) < Self.week(now) {
                days = max(days, settings.number("weekly_days", or: weekly))
            }
            if state.firstLoadedAt == nil { days = settings.number("history_days", or: history) }
            return stride(from: 0, to: max(1, days), by: max(1, slice)).map { start in
                let length = min(slice, days - start)
                return .days(
                    from: VendorTime.day(today, plus: -(start + length - 1)), to: VendorTime.day(today, plus: -start))
            }
        }
    }

    private static func week(_ date: Date) -> Int { Int(date.timeIntervalSince1970 / (7 * 86_400)) }

    private func read(
        _ span: Span, _ pipeline: Pipeline, _ state: inout SyncState, _ run: inout SyncRun
    ) async throws {
        var place: Place? = state.place ?? Place()
        while let present = place {
            let outcome = try await pipeline.page(stream, span, present)
            try await sync.keepLock()
            let done = progress.add(outcome.records)
            run.add(outcome, known: state.knownFields)
            state.rows += outcome.counts.written
            state.knownFields = Array(Set(state.knownFields).union(outcome.page.fields)).sorted()
            state.place = outcome.next
            state.watermark = Self.latest(state, outcome, span: stream.span)
            try await markUnfinished(outcome, run.id)
            place = outcome.next
            if place != nil { try await save(&state) }
            try await service.runs(sync.scope).replace(run, upsert: true)
            try await sync.context.progress(
                stage: "reading", rowsDone: before + done, message: stream.name)
        }
        run.deleted += try await pipeline.store.finish(span, of: stream)
        if try await pipeline.withdrawAbsent(of: stream) > 0 { try await markUnfinished(run.id) }
        try await pipeline.store.expireRaw(span, of: stream, days: calls.settings.number("raw_days", or: 30))
        state.place = nil
        state.span = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        if state.span != nil { try await save(&state) }
    }

    /// Only a listing of everything or of changes in order moves the watermark; it is taken over at the end.
    private static func latest(_ state: SyncState, _ outcome: PageOutcome, span: SpanRule) -> Date? {
        guard case .updated = span else { return state.watermark }
        return [state.watermark, outcome.page.watermark].compactMap(\.self).max()
    }

    private func markUnfinished(_ outcome: PageOutcome, _ runID: String) async throws {
        if outcome.counts.touchesPeople { try await markUnfinished(runID) }
    }

    private func markUnfinished(_ runID: String) async throws {
        _ = try await service.connections(sync.scope).update(
            .id(sync.connection.id), [.addToSet("unfinished_runs", .string(runID))])
    }

    private func end(_ state: inout SyncState, _ run: inout SyncRun) async throws {
        try await sync.keepLock()
        // What changed while we read may have been passed by already. A list that told no time yet is read from its start
        // again: our own clock says nothing about what the vendor will date its next record.
        if case .updated = stream.span, state.watermark != nil || stream.updated == nil {
            state.watermark = min(state.watermark ?? run.startedAt, run.startedAt)
        }
        state.firstLoadedAt = state.firstLoadedAt ?? now
        state.lastOkAt = now
        state.runID = nil
        state.errorCode = nil
        state.errorDetail = nil
        try await save(&state)
        run.state = "finished"
        run.finishedAt = now
        try await service.runs(sync.scope).replace(run, upsert: true)
        try await service.heartbeats.record(
            service.heartbeat(sync.connection.id, stream.name), partition: sync.scope.organizationID)
    }

    private func fail(_ fault: VendorFault, _ state: inout SyncState, _ run: inout SyncRun) async throws {
        try await sync.keepLock()
        let words = FaultWords(fault)
        if state.errorCode != words.code || words.saysMore { state.errorDetail = words.detail }
        state.errorCode = words.code
        if case .schema = fault { state.isHeld = true }
        try await save(&state)
        run.state = words.isWaiting ? "waiting" : "failed"
        run.errorClass = words.code
        run.errorDetail = words.detail
        run.finishedAt = now
        try await service.runs(sync.scope).replace(run, upsert: true)
        try await service.heartbeats.record(
            service.heartbeat(sync.connection.id, stream.name), partition: sync.scope.organizationID,
            error: "connections.cause.\(words.code)")
    }

    private func save(_ state: inout SyncState) async throws {
        state.updatedAt = now
        try await service.states(sync.scope).replace(state, upsert: true)
    }
}

extension SyncRun {
    static let keptProblems = 100

    mutating func add(_ outcome: PageOutcome, known: [String]) {
        pages += 1
        recordsIn += outcome.records
        written += outcome.counts.written
        unchanged += outcome.counts.unchanged
        deleted += outcome.counts.deleted
        quarantined += outcome.page.problems.count
        for (reason, count) in outcome.page.batch.skipped { skipped[reason, default: 0] += count }
        problems += outcome.page.problems.prefix(max(0, Self.keptProblems - problems.count))
        guard !known.isEmpty else { return }
        let new = outcome.page.fields.subtracting(known).subtracting(newFields).sorted()
        newFields += new
    }
}

/// A fault as it is stored and shown.
struct FaultWords: Sendable, Equatable {
    let code: String
    let detail: String?
    let remedy: VendorFault.Remedy?
    let isWaiting: Bool
    /// Until when the vendor is not asked because it failed several times in a row.
    let leftAloneUntil: Date?

    init(_ fault: VendorFault) {
        leftAloneUntil = if case .leftAlone(_, let until) = fault { until } else { nil }
        switch fault {
        case .retry(let reason), .leftAlone(let reason, _):
            (code, detail, remedy, isWaiting) = (Self.code(reason), reason, nil, true)
        case .rateLimited(_, let policy): (code, detail, remedy, isWaiting) = ("rate_limited", policy, nil, true)
        case .unfinished: (code, detail, remedy, isWaiting) = ("unfinished", nil, nil, true)
        case .authExpired: (code, detail, remedy, isWaiting) = ("auth", nil, .reconnect, false)
        case .actionRequired(let remedy, let message):
            (code, detail, self.remedy, isWaiting) = (remedy.rawValue, Self.short(message), remedy, false)
        case .permanent(let status, let message):
            (code, detail, remedy, isWaiting) = (
                "refused", "HTTP \(status): \(Self.short(message))", .reportToUs, false
            )
        case .schema(let field, let message):
            let words = message.isEmpty ? field : "\(field): \(message)"
            (code, detail, remedy, isWaiting) = ("schema", words, .reportToUs, false)
        }
    }

    /// Of a vendor that is left alone only the code of its failure may be known; what it said before still holds.
    var saysMore: Bool { leftAloneUntil == nil || detail != code }

    private static func code(_ reason: String) -> String {
        if ["timeout", "cut", "page", "dns", "tls", "clock"].contains(reason) { return reason }
        return ["refused", "line", "unreachable"].contains(reason) ? "unreachable" : "vendor_down"
    }

    private static func short(_ message: String) -> String { String(message.prefix(300)) }
}
