import Foundation
import Learning
import Synchronization
import VendorServers

/// A process that works in a lab and can be ended at any moment.
public protocol LabProcess: Sendable {
    /// Ends it at once: nothing of it runs afterwards.
    func kill()
    /// Waits until it is gone; true when it did not end by itself.
    func wasKilled() async -> Bool
}

/// Starts a process for an errand and hands on what it says.
public typealias LabLaunch =
    @Sendable (LabErrand, _ hear: @escaping @Sendable (LabErrand.Word) -> Void) throws -> any LabProcess

/// What came of the kills of one platform's first load and later sync.
public struct KillOutcome: Sendable {
    public let platform: String
    /// Processes that were ended in the middle of their work.
    public internal(set) var kills = 0
    /// Where: after how many calls of the process, and how many milliseconds later; 0 before its first call.
    public internal(set) var places: [(calls: Int, milliseconds: Int)] = []
    /// What differed from a run that nobody disturbed.
    public internal(set) var problems: [String] = []
}

/// When the calls of an undisturbed phase came, in seconds from its start, and how long it took.
struct LabPace: Sendable {
    var calls: [TimeInterval] = []
    var length: TimeInterval = 0

    /// A moment of it as a number of calls and what went by since the last of them.
    func place(at moment: TimeInterval) -> (calls: Int, after: TimeInterval) {
        let before = calls.prefix { $0 <= moment }
        return (before.count, moment - (before.last ?? 0))
    }
}

/// Ends worker processes at moments drawn from the whole of their work, and lets the next one go on.
final class ProcessKills: Sendable {
    private struct State {
        var generator: SeededGenerator
        var left: Int
        var places: [(calls: Int, milliseconds: Int)] = []
    }

    /// Kills of one phase: each leaves less to do, so that many would come after the end.
    private static let most = 4

    private let launch: LabLaunch
    private let state: Mutex<State>

    init(_ kills: Int, seed: UInt64, stream: UInt64, launch: @escaping LabLaunch) {
        self.launch = launch
        state = Mutex(State(generator: SeededGenerator(seed: seed, stream: stream), left: kills))
    }

    var places: [(calls: Int, milliseconds: Int)] { state.withLock { $0.places } }

    /// Starts and ends processes one after the other until one comes to its end, or enough were ended.
    func strike(_ bench: LabBench, _ pace: LabPace) async throws {
        let begun = bench.host.calls()
        for _ in 0..<Self.most where state.withLock({ $0.left > 0 }) {
            // What was read is not read again: later processes have less to do.
            let done = Double(bench.host.calls() - begun) / Double(max(1, pace.calls.count))
            let rest = max(0.05, 1 - done)
            let moment = state.withLock { $0.generator.unit() } * rest * pace.length
            guard try await killed(bench, at: pace.place(at: moment)) else { return }
        }
    }

    private func killed(_ bench: LabBench, at place: (calls: Int, after: TimeInterval)) async throws -> Bool {
        let victim = Victim(after: place.after)
        if place.calls > 0 { bench.host.inject([Fault(.hook { victim.strike() }, after: place.calls - 1)]) }
        // The vendor's clock goes with the process's, so that limits it has waited for are over there too.
        let process = try launch(bench.errand) { word in
            switch word {
            case .begins: if place.calls == 0 { victim.strike() }
            case .clock(let date): bench.time.set(max(bench.time.now, date))
            }
        }
        victim.aim(at: process)
        let wasKilled = await process.wasKilled()
        victim.forget()
        bench.host.heal()
        if wasKilled {
            // Whoever follows comes when its lease has run out.
            bench.time.advance(by: 600)
            state.withLock { state in
                state.left -= 1
                state.places.append((place.calls, Int(place.after * 1000)))
            }
        }
        return wasKilled
    }
}

/// A process whose end was decided, perhaps before it is known.
private final class Victim: Sendable {
    private struct State {
        var process: (any LabProcess)?
        var isStruck = false
        var isGone = false
    }

    private let after: TimeInterval
    private let state = Mutex(State())

    init(after: TimeInterval) { self.after = after }

    func aim(at process: any LabProcess) {
        let isLate = state.withLock { state in
            state.process = process
            return state.isStruck
        }
        if isLate { process.kill() }
    }

    /// Begins the count-down; what asked for it goes on meanwhile.
    func strike() {
        let after = after
        Task {
            try? await Task.sleep(for: .seconds(after))
            let process = self.state.withLock { state -> (any LabProcess)? in
                state.isStruck = true
                return state.isGone ? nil : state.process
            }
            process?.kill()
        }
    }

    func forget() { state.withLock { $0.isGone = true } }
}
