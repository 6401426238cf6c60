/// How many people a reading found, used and left out, and for what reason. Stored with every run.
public struct ConsentCounts: Sendable, Equatable, Codable {
    public var loaded = 0
    public var used = 0
    public var excludedMissing = 0
    public var excludedExpired = 0
    public var excludedPurpose = 0
    public var excludedWithdrawn = 0
    public var excludedObjection = 0

    public init() {}

    public mutating func count(_ standing: ConsentStanding) {
        loaded += 1
        switch standing {
        case .granted: used += 1
        case .missing: excludedMissing += 1
        case .expired: excludedExpired += 1
        case .otherPurpose: excludedPurpose += 1
        case .withdrawn: excludedWithdrawn += 1
        case .objection: excludedObjection += 1
        }
    }

    enum CodingKeys: String, CodingKey {
        case loaded, used
        case excludedMissing = "excluded_missing"
        case excludedExpired = "excluded_expired"
        case excludedPurpose = "excluded_purpose"
        case excludedWithdrawn = "excluded_withdrawn"
        case excludedObjection = "excluded_objection"
    }
}
