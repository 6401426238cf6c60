/// What an organization may set about EYES. A change makes a new run id.
public struct EyesConfig: Sendable, Codable, Equatable {
    /// Start of every random draw of a run.
    public var seed: Int64
    /// Days back within which one order makes a customer "active" (30–730).
    public var activeWindowDays: Int
    /// Days back within which one order makes a customer a "buyer" (180–1,825).
    public var buyersWindowDays: Int
    /// A risk above this is "high".
    public var highBand: Double
    /// A risk above this, and not high, is "medium".
    public var mediumBand: Double

    public static let standard = EyesConfig(
        seed: 42, activeWindowDays: 180, buyersWindowDays: 730, highBand: 0.70, mediumBand: 0.40)

    /// The fields whose values are out of range, by their stored names; empty when the configuration can be used.
    public var problems: [String] {
        var found: [String] = []
        if seed < 0 { found.append("seed") }
        if !(30...730).contains(activeWindowDays) { found.append("active_window_days") }
        if !(180...1825).contains(buyersWindowDays) { found.append("buyers_window_days") }
        if !(highBand > mediumBand && highBand < 1) { found.append("high_band") }
        if !(mediumBand > 0 && mediumBand < highBand) { found.append("medium_band") }
        if buyersWindowDays < activeWindowDays { found.append("buyers_window_days") }
        return found
    }

    /// One line that names every setting, for hashing.
    public var canonical: String {
        "seed=\(seed);active=\(activeWindowDays);buyers=\(buyersWindowDays);high=\(highBand);medium=\(mediumBand)"
    }

    enum CodingKeys: String, CodingKey {
        case seed
        case activeWindowDays = "active_window_days"
        case buyersWindowDays = "buyers_window_days"
        case highBand = "high_band"
        case mediumBand = "medium_band"
    }
}
