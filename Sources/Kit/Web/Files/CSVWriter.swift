/// Writes RFC 4180 rows that are safe to open in a spreadsheet program.
///
/// A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV injection").
public struct CSVWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// A text is made safe; a figure stands as it is, also below zero.
    public enum Cell: Sendable {
        case text(String)
        case figure(String)
    }

    public mutating func row(_ cells: [String]) { row(cells.map { Cell.text($0) }) }

    public mutating func row(_ cells: [Cell]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(0x2C) }
            switch cell {
            case .text(let text): append(text)
            case .figure(let digits): bytes.append(contentsOf: digits.utf8)
            }
        }
        bytes += [0x0D, 0x0A]
    }

    /// Hands out what was written so far and starts afresh, for streaming.
    public mutating func drain() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    public static func neutralised(_ cell: String) -> String {
        guard let first = cell.utf8.first, [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D, 0x0A].contains(first) else {
            return cell
        }
        return "'" + cell
    }

    private mutating func append(_ cell: String) {
        let safe = Self.neutralised(cell)
        let needsQuotes = safe.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D || $0 == 0x3B }
        guard needsQuotes else { return bytes.append(contentsOf: safe.utf8) }
        bytes.append(0x22)
        for byte in safe.utf8 {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }
}
