import Foundation

/// How long to wait before another try: doubling from `base` up to `longest` seconds, with jitter.
public struct Backoff: Sendable {
    public var base: TimeInterval
    public var longest: TimeInterval

    public init(base: TimeInterval = 2, longest: TimeInterval = 600) {
        self.base = base
        self.longest = longest
    }

    /// Between half and all of base × 2^(attempt − 1). `attempt` counts from 1; `random` is in 0..<1.
    public func delay(attempt: Int, random: Double = .random(in: 0..<1)) -> TimeInterval {
        let full = min(longest, base * pow(2, Double(min(max(attempt, 1), 30) - 1)))
        return full / 2 + full / 2 * random
    }
}
