/// A message that outlives one redirect: level, catalogue key and arguments, never text. Accounts keeps it in the
/// session and takes it atomically; the layout shows it.
public struct Flash: Sendable, Codable, Equatable {
    public enum Level: String, Sendable, Codable { case info, success, warning, error }

    public let level: Level
    public let key: String
    public let arguments: [String: String]

    public init(_ level: Level, _ key: String, _ arguments: [String: String] = [:]) {
        self.level = level
        self.key = key
        self.arguments = arguments
    }
}
