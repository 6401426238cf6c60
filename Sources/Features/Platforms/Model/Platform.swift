/// The platform that is always there and needs no connector: files.
public enum Platform: String, Sendable, CaseIterable {
    case csv

    /// A proper name; the same in every language.
    public var name: String { "CSV" }
}
