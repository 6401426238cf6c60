import Foundation
import Testing

@testable import Platforms

@Suite("Finding out how a file is written")
struct DetectionTests {
    static let rows = "customer_id,date,quantity,amount\n00001,1997-01-01,1,11.77\n00002,1997-01-12,1,12.0\n"

    @Test("delimiters", arguments: [",", ";", "\t", "|"])
    func delimiters(delimiter: String) throws {
        let detected = try detect(Self.rows.replacing(",", with: delimiter))
        #expect(detected.delimiter == delimiter && detected.columns.count == 4 && detected.hasHeader)
    }

    @Test("a semicolon file with decimal commas")
    func european() throws {
        let detected = try detect("Cliente;Fecha;Importe\n1;31/01/2024;1.234,50\n2;15/02/2024;9,90\n")
        var mapping = ColumnMapping(currency: "EUR", timeZone: "UTC")
        mapping.fill(from: detected)
        #expect(detected.delimiter == ";" && mapping.numberFormat == .comma && mapping.dateFormat == .dayFirst)
        #expect(mapping[.customer] == 0 && mapping[.date] == 1 && mapping[.amount] == 2)
    }

    @Test("the encoding, by marks and by the whole file", arguments: TextEncoding.allCases)
    func encodings(encoding: TextEncoding) throws {
        let text = "kunde,date,amount\nJosé,1997-01-01,1\n"
        let bytes: [UInt8] =
            switch encoding {
            case .utf8: [0xEF, 0xBB, 0xBF] + Array(text.utf8)
            case .windows1252: text.unicodeScalars.map { UInt8($0.value) }
            case .utf16le: [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
            case .utf16be: [0xFE, 0xFF] + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
            }
        let detected = try detect(bytes)
        #expect(detected.encoding == encoding)
        #expect(detected.columns.first?.name == "kunde" && detected.preview.first?.first == "José")
    }

    @Test("UTF-16 without a mark")
    func unmarked() throws {
        let bytes = Self.rows.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(try detect(bytes).encoding == .utf16le)
    }

    @Test("an accent far down the file decides the encoding")
    func lateAccent() throws {
        let text = "customer,date,amount\n" + String(repeating: "ann,1997-01-01,1\n", count: 20_000)
        let bytes = Array(text.utf8) + [0x4A, 0x6F, 0x73, 0xE9] + Array(",1997-01-01,1\n".utf8)
        #expect(try detect(bytes).encoding == .windows1252)
    }

    @Test("a file without a header is seen as such")
    func noHeader() throws {
        let detected = try detect("00001,1997-01-01,1,11.77\n00002,1997-01-12,1,12.0\n")
        #expect(!detected.hasHeader && detected.rowsSeen == 2 && detected.columns[0].name == "column 1")
    }

    @Test("day and month that cannot be told apart are asked for")
    func ambiguous() throws {
        #expect(try detect("customer,date,amount\na,01/02/2024,1\nb,03/04/2024,2\n").columns[1].datesAreAmbiguous)
        #expect(
            try detect("customer,date,amount\na,01/02/2024,1\nb,13/04/2024,2\n").columns[1].datesAreAmbiguous == false)
    }

    @Test("mixed date formats are counted")
    func mixed() throws {
        let column = try detect("customer,date,amount\na,2024-01-02,1\nb,2024-01-03,1\nc,03/04/2024,2\n").columns[1]
        #expect(column.dateFormats == [.iso] && column.datesNotRead == 1)
    }

    @Test("columns with the same name get a number and are named")
    func duplicates() throws {
        let detected = try detect("customer,date,amount,amount\na,2024-01-02,1,2\n")
        #expect(detected.columns.map(\.name) == ["customer", "date", "amount", "amount (2)"])
        #expect(detected.duplicateNames == ["amount"])
    }

    @Test("an empty file, and one with a header only, say so")
    func empties() {
        #expect(throws: CSVError.empty) { try detect("") }
        #expect(throws: CSVError.empty) { try detect("\n\n") }
        #expect(throws: CSVError.headerOnly) { try detect("customer_id,date,amount\n") }
    }

    static let kinds: [([UInt8], FileKind)] = [
        ([0x50, 0x4B, 3, 4] + Array("data.csv".utf8), .zip),
        ([0x50, 0x4B, 3, 4] + Array("[Content_Types].xml".utf8), .xlsx),
        ([0x1F, 0x8B, 8, 0], .gzip), (Array("%PDF-1.7".utf8), .pdf),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], .xls), (Array(repeating: 1, count: 64), .binary),
    ]

    @Test("files that are no CSV are recognised, whatever they are called", arguments: kinds.indices)
    func magic(index: Int) {
        let (bytes, kind) = Self.kinds[index]
        #expect(throws: CSVError.notText(kind)) { try detect(bytes) }
    }

    @Test("100 MB in one line give an error with flat memory")
    func hugeLine() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try #require(FileHandle(forWritingAtPath: path))
        let chunk = Data(repeating: 0x61, count: 1 << 20)
        var inspector = FileInspector()
        for _ in 0..<100 { try file.write(contentsOf: chunk) }
        inspector.update([UInt8](repeating: 0x61, count: 65_536))
        let before = residentBytes()
        #expect(throws: CSVError.recordTooLong(line: 1, limit: 8 << 20, quoteLine: nil)) {
            try FileDetection.run(path: path, inspector: inspector)
        }
        #expect(residentBytes() - before < 64 << 20)
    }

    private func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }

    @Test("the reference file: 69,659 rows of 23,570 customers, none left out")
    func reference() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../shared/data/cdnow_orders.csv")
        guard let text = try? String(contentsOf: path, encoding: .utf8) else { return }
        let result = try outcomes(text)
        #expect(result.rows.count == 69_659 && result.problems.isEmpty)
        #expect(Set(result.rows.map(\.customer)).count == 23_570)
        #expect(Set(result.rows.map(\.externalID)).count == 69_659)
    }
}
