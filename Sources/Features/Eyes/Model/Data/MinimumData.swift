/// One line of "have x of y".
public struct DataNeed: Sendable, Codable, Equatable {
    /// Key below `eyes.need.` in the catalogue.
    public let key: String
    public let have: Int
    public let need: Int
    public var isMet: Bool { have >= need }
}

/// What a computation needs before it may say anything.
enum MinimumData {
    static let buyers = 50
    static let activeCustomers = 200
    static let rarerClass = 10
    static let historyDays = 60

    static func forClusters(buyers have: Int) -> [DataNeed] {
        [DataNeed(key: "buyers", have: have, need: buyers)]
    }
}
