/// What `CSVDetector` found.
public struct DetectedFormat: Sendable, Equatable {
    public var delimiter: UInt8
    public var hasHeader: Bool
    public var columns: [ColumnProfile]
    public var preview: [[String]]
    public var previewLines: [Int]
    public var rowsSeen: Int

    /// Names that stand twice in the header: allowed, but a person should look which one is meant.
    public var duplicateNames: [String] {
        let names = columns.map(\.name)
        return names.filter { name in names.contains { $0.hasPrefix(name + " (") && $0.hasSuffix(")") } }
    }

    /// All values in one column usually means that the delimiter is another one.
    public var looksLikeWrongDelimiter: Bool { columns.count < 2 }
}
