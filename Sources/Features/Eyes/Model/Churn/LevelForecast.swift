/// What share of the active customers will probably leave, foreseen from several closed windows, and what a model's
/// probabilities were moved by so that they add up to it.
///
/// The newest closed window alone is a poor guide: a campaign or a holiday in it is gone in the next one
/// (docs/decisions/0018-level-from-several-windows.md).
public struct LevelForecast: Sendable, Codable, Equatable {
    /// A closed window that was learned from.
    public struct Window: Sendable, Codable, Equatable {
        /// Day number; see `ZoneCalendar.label(of:)`.
        public let cutOff: Int
        /// Customers looked at: the active ones, or a draw of them.
        public let count: Int
        /// Share that left.
        public let observed: Double
        /// Share that the forecast's own model, fitted on all windows, gives it.
        public let fitted: Double

        enum CodingKeys: String, CodingKey {
            case count, observed, fitted
            case cutOff = "cut_off"
        }
    }

    /// Of the customers scored.
    public let share: Double
    /// The mean of the model's probabilities before.
    public let before: Double
    /// Added to every log-odds.
    public let shift: Double
    /// Root mean square of observed − fitted: how far one window strays from the others for reasons that cannot be seen
    /// beforehand. No calibration out of time can be expected to do better.
    public let spread: Double
    /// Newest first; empty where nothing could be learned and the level was left alone.
    public let windows: [Window]
}
