/// Cuts a file into records, however its rows are written.
enum RecordCutter: Sendable {
    case table(CSVTokenizer)
    case lines(JSONLines)

    init(_ form: DetectedSummary.Form, delimiter: UInt8, columnNames: [String]) {
        self =
            form == .jsonl
            ? .lines(JSONLines(columnNames: columnNames)) : .table(CSVTokenizer(delimiter: delimiter))
    }

    mutating func feed(_ text: [UInt8], _ emit: (CSVRecord) throws -> Void) throws {
        switch self {
        case .table(var tokenizer):
            defer { self = .table(tokenizer) }
            try tokenizer.feed(text, emit)
        case .lines(var lines):
            defer { self = .lines(lines) }
            try lines.feed(text, emit)
        }
    }

    mutating func finish(_ emit: (CSVRecord) throws -> Void) throws {
        switch self {
        case .table(var tokenizer): try tokenizer.finish(emit)
        case .lines(var lines): try lines.finish(emit)
        }
    }
}
