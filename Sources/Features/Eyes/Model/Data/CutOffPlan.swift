/// The dates of one horizon: where models are trained, where they are tested, where they score.
///
/// Test is the newest closed window; training cut-offs lie further back in steps of the horizon, so that no label
/// window reaches past the next cut-off and nothing of the test window is known in training.
public struct CutOffPlan: Sendable, Codable, Equatable {
    public let horizon: Horizon
    /// Day numbers; see `ZoneCalendar.label(of:)`.
    public let score: Int
    public let test: Int
    /// Newest first.
    public let training: [Int]

    static let enoughForTwo = 5_000
    static let most = 4

    /// - Parameter firstDay: day of the oldest order; 60 days of history must precede the oldest training cut-off.
    static func make(
        horizon: Horizon, score: Int, firstDay: Int?, activeAtTest: Int
    ) -> CutOffPlan {
        let test = score - horizon.days
        let wanted = activeAtTest >= enoughForTwo ? 2 : most
        let candidates = (1...wanted).map { test - $0 * horizon.days }
        let training = candidates.filter { cutOff in
            guard let firstDay else { return false }
            return cutOff - firstDay >= MinimumData.historyDays
        }
        return CutOffPlan(horizon: horizon, score: score, test: test, training: training)
    }

    /// Days between the oldest order and the score time that this horizon needs.
    var neededHistory: Int { 2 * horizon.days + MinimumData.historyDays }
}
