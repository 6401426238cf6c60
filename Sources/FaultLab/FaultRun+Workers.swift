import Connectors
import Foundation
import Jobs
import Records
import Synchronization
import VendorServers
import Waiting

/// Workers that die, stand still or meet each other.
extension FaultRun {
    /// A worker is ended at a call; the next one comes when the first is known to be gone.
    func killed(after calls: Int) async {
        let killer = Killer()
        bench.host.inject([Fault(.hook { killer.strike() }, after: calls)])
        let worker = bench.worker()
        let work = Task { await worker.workOff() }
        killer.aim { work.cancel() }
        await work.value
        bench.host.heal()
        bench.time.advance(by: 600)
    }

    /// A worker stands still at a call until it is taken for dead; another one does its job; then it wakes up.
    func frozen(after calls: Int) async throws {
        let (stands, goesOn) = (Gate(), Gate())
        let hook = Fault.Kind.hook {
            stands.open()
            try? await goesOn.pass()
        }
        bench.host.inject([Fault(hook, after: calls)])
        let first = bench.worker()
        let work = Task {
            await first.workOff()
            stands.open()
        }
        try await stands.pass()
        bench.time.advance(by: 600)
        await bench.worker(bench.another()).workOff()
        goesOn.open()
        await work.value
        try await bench.workDue()
    }

    /// Some processes find the token dead at the same time. Returns how often it was replaced.
    func race(_ connection: Connection) async throws -> Int {
        bench.host.server.expireTokens()
        let before = exchanges
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                let process = bench.another()
                group.addTask { _ = try await process.check(bench.scope, connection.id) }
            }
            group.addTask { await bench.worker().workOff() }
            try await group.waitForAll()
        }
        return exchanges - before
    }

    private var exchanges: Int {
        let path = bench.tokenPath
        return bench.host.entries.count { $0.method == "POST" && $0.path == path && $0.status == 200 }
    }
}

/// Ends something at a moment that may come before it is known what.
private final class Killer: Sendable {
    private enum State {
        case waiting
        case aimed(@Sendable () -> Void)
        case struck
    }

    private let state = Mutex(State.waiting)

    func aim(_ end: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if case .struck = state { return true }
            state = .aimed(end)
            return false
        }
        if isLate { end() }
    }

    func strike() {
        let end: (@Sendable () -> Void)? = state.withLock { state in
            defer { state = .struck }
            if case .aimed(let end) = state { return end }
            return nil
        }
        end?()
    }
}
