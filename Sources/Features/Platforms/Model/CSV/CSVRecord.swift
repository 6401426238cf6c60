/// One record as the tokenizer found it: the fields' UTF-8 bytes back to back, and where it stood in the file.
///
/// The tokenizer reuses the storage from record to record, so a record is looked at, not kept.
public struct CSVRecord: Sendable {
    /// What was wrong with the record's form; such a record goes to quarantine, the load goes on.
    public enum Defect: Sendable, Equatable {
        case nulByte(column: Int)
        case fieldTooLong(column: Int)
        case textAfterQuote(column: Int)
        case unclosedQuote(openedOnLine: Int)
        /// A line of a JSON file that is no JSON object; where it stops being one.
        case notJSON(byte: Int)
    }

    /// The physical line (1-based) on which the record begins.
    public internal(set) var line = 1
    /// The physical line on which it ends: larger than `line` when a quoted field holds line ends.
    public internal(set) var lastLine = 1
    public internal(set) var defect: Defect?
    var bytes: [UInt8] = []
    var ends: [Int] = []

    public init() {}

    public var count: Int { ends.count }

    /// The bytes of a field; empty where the record is too short.
    public subscript(column: Int) -> ArraySlice<UInt8> {
        guard column >= 0, column < ends.count else { return [] }
        return bytes[(column == 0 ? 0 : ends[column - 1])..<ends[column]]
    }

    public func text(_ column: Int) -> String { String(decoding: self[column], as: UTF8.self) }

    public var texts: [String] { (0..<count).map(text) }

    /// A line with nothing on it is no record.
    var isBlank: Bool { ends.count == 1 && ends[0] == 0 && defect == nil }

    mutating func reset(line: Int) {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        defect = nil
        self.line = line
        lastLine = line
    }
}
