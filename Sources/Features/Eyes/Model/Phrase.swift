/// Words to be: a catalogue key and its figures. The model never holds text of a language.
public struct Phrase: Sendable, Codable, Equatable {
    /// One figure of a phrase and how it is to be written.
    public struct Argument: Sendable, Codable, Equatable {
        public enum Kind: String, Sendable, Codable { case days, count, money, ratio, percent }
        public let name: String
        public let kind: Kind
        /// Days and counts as they are, money in minor units, shares as fractions.
        public let value: Double
    }

    /// The key below `eyes.words.` in the catalogue.
    public let key: String
    public let arguments: [Argument]

    init(_ key: String, _ arguments: [Argument] = []) {
        self.key = key
        self.arguments = arguments
    }

    static func days(_ name: String, _ value: Double) -> Argument { .init(name: name, kind: .days, value: value) }
    static func count(_ name: String, _ value: Double) -> Argument { .init(name: name, kind: .count, value: value) }
    static func money(_ name: String, _ value: Double) -> Argument { .init(name: name, kind: .money, value: value) }
    static func ratio(_ name: String, _ value: Double) -> Argument { .init(name: name, kind: .ratio, value: value) }
}
