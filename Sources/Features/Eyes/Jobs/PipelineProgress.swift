import Foundation
import Synchronization

/// Carries progress from the computing thread to the job, and the wish to stop the other way.
final class PipelineProgress: Sendable {
    struct Step: Sendable, Equatable {
        var stage: EyesStage = .loading
        var done = 0
        var expected: Int?
    }

    private struct State {
        var step = Step()
        var isStopped = false
    }

    private let state = Mutex(State())
    private let clock: StageClock

    /// - Parameter clock: told of each stage as it begins.
    init(clock: StageClock = StageClock()) { self.clock = clock }

    var step: Step { state.withLock { $0.step } }

    /// Called by the computation; throws once somebody asked to stop.
    func report(_ stage: EyesStage, _ done: Int, _ expected: Int?) throws {
        clock.begin(stage)
        let isStopped = state.withLock { state in
            state.step = Step(stage: stage, done: done, expected: expected)
            return state.isStopped
        }
        if isStopped { throw CancellationError() }
    }

    func stop() { state.withLock { $0.isStopped = true } }
}
