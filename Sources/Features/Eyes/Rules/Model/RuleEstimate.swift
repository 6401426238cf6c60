import Foundation
import Learning

/// How many people a rule would hold, from a sample of them.
public struct RuleEstimate: Sendable, Equatable {
    /// How many of those who may be used.
    public let size: Int
    /// 95 % interval; both ends are the size where everybody was asked.
    public let low: Int
    public let high: Int
    /// How many who meet the conditions may not be used.
    public let leftOut: Int
    public let asked: Int
    public let population: Int

    public var isExact: Bool { asked == population }

    /// - Parameters:
    ///   - held: of those asked
    ///   - population: of whom they were drawn without putting back
    static func interval(held: Int, asked: Int, population: Int) -> (size: Int, low: Int, high: Int) {
        guard asked > 0 else { return (0, 0, population) }
        guard asked < population else { return (held, held, held) }
        // Wilson's interval, for as many draws as would say as much if they were put back.
        let correction = Double(population - 1) / Double(population - asked)
        let draws = Double(asked) * correction
        let share = Double(held) / Double(asked)
        let z = 1.959_963_984_540_054
        let middle = (share + z * z / (2 * draws)) / (1 + z * z / draws)
        let half =
            z / (1 + z * z / draws) * (share * (1 - share) / draws + z * z / (4 * draws * draws)).squareRoot()
        let size = Int((share * Double(population)).rounded())
        // What was seen is a fact.
        let low = max(Int(((middle - half) * Double(population)).rounded(.down)), held)
        let high = min(Int(((middle + half) * Double(population)).rounded(.up)), population - (asked - held))
        return (size, min(low, size), max(high, size))
    }
}
