import BSON
import Connectors
import Foundation
import Jobs
import Mongo
import Records
import Vault
import VendorServers
import Waiting

/// The moments of a run, the same for every fault: what is done then can be compared.
struct LabCalendar: Sendable {
    let start: Date
    let change: Date
    let end: Date

    init(_ company: SeededCompany) {
        start = company.now.addingTimeInterval(60)
        change = company.now.addingTimeInterval(2 * 86_400)
        end = company.now.addingTimeInterval(4 * 86_400)
    }
}

/// How a run without a fault went: what every other one has to come to.
struct LabTruth: Sendable {
    var snapshot = LabSnapshot(rows: [:])
    /// Calls of the first load and of the later sync.
    var calls: [FaultRun.Phase: Int] = [:]
    /// When these came.
    var paces: [FaultRun.Phase: LabPace] = [:]
}

/// What one platform did under one fault.
public struct FaultOutcome: Sendable {
    public let platform: String
    public let fault: LabFault
    /// What differed from what should be; empty when all is well.
    public internal(set) var problems: [String] = []
    /// The connection's states while the fault was there.
    public internal(set) var seen: [ConnectionStatus] = []
    /// When these were looked at, by the lab's clock.
    public internal(set) var seenAt: [Date] = []
}

/// One platform under one fault: a first load and a later sync, each disturbed, healed and brought to its end.
struct FaultRun: Sendable {
    enum Phase: String, Sendable { case first, later }

    let bench: LabBench
    let fault: LabFault
    let truth: LabTruth
    let calendar: LabCalendar
    let method: AuthMethod
    /// For a worker that dies: real processes, ended from outside.
    var kills: ProcessKills?

    func run() async throws -> FaultOutcome {
        var outcome = FaultOutcome(platform: bench.platform, fault: fault)
        let connection = try await bench.connect(method: method.id)
        try await disturbed(.first, connection, &outcome)
        guard bench.time.now < calendar.change else {
            outcome.problems.append("first: it took until \(bench.time.now)")
            return outcome
        }
        bench.time.set(calendar.change)
        if fault != .changesMeanwhile { bench.host.world.touch(row: 1, at: calendar.change) }
        let before = try await LabSnapshot.take(bench.database)
        try await disturbed(.later, connection, &outcome)
        let gone = try await LabSnapshot.take(bench.database).missing(from: before)
        if !gone.isEmpty { outcome.problems.append("later: \(gone.count) rows went, such as \(gone[0])") }
        bench.time.set(max(calendar.end, bench.time.now))
        try await bench.workDue()
        outcome.problems += try await recovered(connection).map { "end: \($0)" }
        if fault == .rebuilt { try await rebuild(connection) }
        outcome.problems += try await LabSnapshot.take(bench.database).differences(from: truth.snapshot)
        outcome.problems += bench.host.violations.prefix(1).map { "not in the sheet: \($0)" }
        return outcome
    }

    // MARK: Steps

    private func disturbed(_ phase: Phase, _ connection: Connection, _ outcome: inout FaultOutcome) async throws {
        let began = bench.time.now
        let calls = truth.calls[phase] ?? 0
        let disturbance = Disturbance(fault, bench, after: calls / 2)
        bench.host.inject(disturbance.faults)
        try await work(phase, calls, disturbance, connection, &outcome)
        let detail = try await bench.detail(connection)
        outcome.seen.append(detail.status)
        outcome.seenAt.append(bench.time.now)
        outcome.problems += judge(detail, since: began).map { "\(phase): \($0)" }
        disturbance.gate?.open()
        bench.host.heal()
        outcome.problems += try await recovered(connection).map { "\(phase): \($0)" }
    }

    private func work(
        _ phase: Phase, _ calls: Int, _ disturbance: Disturbance, _ connection: Connection,
        _ outcome: inout FaultOutcome
    ) async throws {
        try await bench.service.enqueueDue(bench.scope)
        switch fault {
        case .refreshRaced:
            let refreshes = try await race(connection)
            if refreshes != 1 { outcome.problems.append("\(phase): \(refreshes) refreshes instead of one") }
        case .workerKilled:
            if let kills {
                try await kills.strike(bench, truth.paces[phase] ?? LabPace())
            } else {
                for place in places(calls, phase) { await killed(after: place) }
            }
            try await bench.workDue()
        case .workerFrozen: try await frozen(after: calls / 2)
        case .changesMeanwhile:
            let (world, row) = (bench.host.world, phase == .first ? 0 : 1)
            let now = phase == .first ? calendar.start : calendar.change
            bench.host.inject([Fault(.hook { world.touch(row: row, at: now) }, after: calls / 2)])
            await bench.worker().workOff()
        default: await bench.worker(bench.another(disturbance.settings)).workOff()
        }
    }

    /// Steady places to stop at, other ones for each platform.
    private func places(_ calls: Int, _ phase: Phase) -> [Int] {
        var state = (bench.platform + phase.rawValue).utf8.reduce(UInt64(14_695_981)) { ($0 ^ UInt64($1)) &* 1_099_511 }
        return (0..<4).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(1, calls / 2)
        }
    }

    /// What the state says must be so, and must be what this fault calls for.
    private func judge(_ detail: ConnectionDetail, since began: Date) -> [String] {
        let status = detail.status
        var problems: [String] = []
        let isComplete =
            detail.streams.count == bench.connector.streams.count
            && detail.streams.allSatisfy { $0.span == nil && !$0.isHeld && ($0.lastOkAt ?? .distantPast) >= began }
        if isComplete != (status.state == .healthy) {
            problems.append("says \(status.state.rawValue) and is \(isComplete ? "" : "not ")complete")
        }
        // A process that dies between the vendor's answer and its own note takes a single-use token with it.
        let hasLostToken = kills != nil && method.rotates && status.asksToSignIn
        // And what it spent of a limit is known to the vendor alone.
        let isLimited = kills != nil && status.state == .rateLimited && status.nextStep == .wait
        if !fault.fits(status, method), !hasLostToken, !isLimited {
            let detail = [status.cause, status.detail].compactMap(\.self).joined(separator: ": ")
            problems.append("shows \(status.state.rawValue), \(status.nextStep.rawValue) (\(detail))")
        }
        if [.rateLimited, .error].contains(status.state), (status.until ?? .distantPast) <= bench.time.now {
            problems.append("does not say when it goes on")
        }
        if status.state != .healthy, status.cause == nil || status.nextStep == .none {
            problems.append("says neither why nor what to do")
        }
        return problems
    }

    /// Lets it go on as it says it will: by itself, or after what the one button does.
    private func recovered(_ connection: Connection) async throws -> [String] {
        for _ in 0..<8 {
            let status = try await bench.status(connection)
            switch (status.state, status.nextStep) {
            case (.healthy, _): return []
            case (.rateLimited, _), (.error, _):
                bench.time.set(max(bench.time.now, status.until ?? bench.time.now).addingTimeInterval(1))
                try await bench.workDue()
            case (.actionRequired, .reconnect), (.actionRequired, .addScope), (.actionRequired, .chooseAccount),
                (.revoked, _):
                try await bench.reconnect(connection)
                await bench.worker().workOff()
            case (.actionRequired, _):
                try await bench.service.syncNow(bench.scope, connection.id)
                await bench.worker().workOff()
            default: return ["is left \(status.state.rawValue) (\(status.cause ?? "no cause"))"]
            }
        }
        let status = try await bench.status(connection)
        return ["does not recover: \(status.state.rawValue) (\(status.cause ?? "") \(status.detail ?? ""))"]
    }

    /// Everything but what came from the vendor is lost and made again.
    private func rebuild(_ connection: Connection) async throws {
        for name in LabSnapshot.collections {
            _ = try await bench.database.collection(name).delete([:], multi: true)
        }
        _ = try await bench.service.rebuild(bench.scope, connection.id)
        await bench.worker().workOff()
    }
}
