import Customers
import Foundation

@testable import Platforms

/// Text cut into records, in chunks of any size.
func records(_ text: String, delimiter: Character = ",", chunk: Int = 7, limits: CSVTokenizer.Limits = .init()) throws
    -> [[String]]
{
    var tokenizer = CSVTokenizer(delimiter: delimiter.asciiValue ?? 0x2C, limits: limits)
    var result: [[String]] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: chunk) {
        try tokenizer.feed(bytes[start..<min(start + chunk, bytes.count)]) { result.append($0.texts) }
    }
    try tokenizer.finish { result.append($0.texts) }
    return result
}

func detect(_ bytes: [UInt8], overrides: CSVDetector.Overrides = .init()) throws -> DetectedSummary {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
    var inspector = FileInspector()
    inspector.update(bytes)
    return try FileDetection.run(path: path, inspector: inspector, overrides: overrides).summary
}

func detect(_ text: String) throws -> DetectedSummary { try detect(Array(text.utf8)) }

/// Reads a whole file with the proposed mapping, changed where a test wants it.
func outcomes(
    _ text: String, _ change: (inout ColumnMapping) -> Void = { _ in }
) throws -> (rows: [ParsedRow], problems: [RowProblem], repeated: Int) {
    let detected = try detect(text)
    var mapping = ColumnMapping(
        encoding: detected.encoding, delimiter: detected.delimiter, hasHeader: detected.hasHeader, currency: "USD",
        timeZone: "UTC")
    mapping.fill(from: detected)
    change(&mapping)
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
    let reading = try ImportReading(
        path: path, mapping: mapping, columnNames: detected.columns.map(\.name), portionSize: 3)
    var rows: [ParsedRow] = []
    var problems: [RowProblem] = []
    var repeated = 0
    while let portion = try reading.next() {
        rows += portion.rows
        problems += portion.problems
        repeated += portion.repeated
    }
    return (rows, problems, repeated)
}
