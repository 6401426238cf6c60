import Synchronization

/// How long a stage of a run took: until the next one began.
public struct StageTime: Sendable, Codable, Equatable {
    public let stage: EyesStage
    public var seconds: Double
}

/// Notes when each stage of a run begins. A stage that is entered again goes on where it stopped.
final class StageClock: Sendable {
    private struct State {
        var current: (stage: EyesStage, since: ContinuousClock.Instant)?
        var times: [StageTime] = []
    }

    private let state = Mutex(State())

    func begin(_ stage: EyesStage, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            guard state.current?.stage != stage else { return }
            Self.close(&state, at: now)
            state.current = (stage, now)
        }
    }

    /// The stages so far, in the order they were first entered; the current one up to `now`.
    func times(at now: ContinuousClock.Instant = .now) -> [StageTime] {
        state.withLock { state in
            var copy = state
            Self.close(&copy, at: now)
            return copy.times
        }
    }

    private static func close(_ state: inout State, at now: ContinuousClock.Instant) {
        guard let current = state.current else { return }
        let seconds = current.since.duration(to: now) / .seconds(1)
        if let place = state.times.firstIndex(where: { $0.stage == current.stage }) {
            state.times[place].seconds += seconds
        } else {
            state.times.append(StageTime(stage: current.stage, seconds: seconds))
        }
    }
}
