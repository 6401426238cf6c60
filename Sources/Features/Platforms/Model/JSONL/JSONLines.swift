import Web

/// Cuts a file of JSON lines into records with the columns of a table, fed in chunks of any size, with flat memory.
///
/// Nested objects become columns with dotted names, lists of plain values one value with semicolons. What stands under
/// a name that is no column is left out; a line that is no object makes a defective record.
struct JSONLines: Sendable {
    private static let deepest = 4

    private let columns: [String: Int]
    private var cutter = LineCutter()

    init(columnNames: [String]) {
        columns = Dictionary(
            columnNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether a file that starts so is one of JSON lines: the first thing in it is an object.
    static func begins(_ prefix: [UInt8]) -> Bool {
        let text = prefix.starts(with: [0xEF, 0xBB, 0xBF]) ? prefix[3...] : prefix[...]
        return text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
    }

    mutating func feed(_ chunk: [UInt8], _ emit: (CSVRecord) throws -> Void) throws {
        let columns = columns
        try cutter.feed(chunk) { line, number in try emit(Self.record(line, number, columns)) }
    }

    mutating func finish(_ emit: (CSVRecord) throws -> Void) throws {
        let columns = columns
        try cutter.finish { line, number in try emit(Self.record(line, number, columns)) }
    }

    private static func record(_ line: [UInt8], _ number: Int, _ columns: [String: Int]) -> CSVRecord {
        var record = CSVRecord()
        record.reset(line: number)
        var cells = [String?](repeating: nil, count: columns.count)
        do {
            for (name, text) in try members(of: line) {
                if let column = columns[name] { cells[column] = text }
            }
        } catch {
            record.defect = .notJSON(byte: error.offset)
        }
        for cell in cells {
            record.bytes += Array((cell ?? "").utf8)
            record.ends.append(record.bytes.count)
        }
        return record
    }

    /// A line is no JSON object from this byte on.
    struct NoObject: Error {
        let offset: Int
    }

    /// The values of one line under their dotted names, in the order they are written.
    static func members(of line: [UInt8]) throws(NoObject) -> [(name: String, text: String)] {
        let json: JSONValue
        do { json = try JSONParser.parse(line, allowsDatabaseNames: true) } catch {
            throw NoObject(offset: error.offset)
        }
        guard case .object = json else { throw NoObject(offset: 0) }
        var found: [(name: String, text: String)] = []
        collect(json, name: "", depth: 0, into: &found)
        return found
    }

    private static func collect(
        _ json: JSONValue, name: String, depth: Int, into found: inout [(name: String, text: String)]
    ) {
        if case .object(let members) = json {
            guard depth < deepest else { return }
            for member in members {
                let inner = name.isEmpty ? member.name : name + "." + member.name
                collect(member.value, name: inner, depth: depth + 1, into: &found)
            }
        } else if let text = text(json) {
            found.append((String(name.prefix(120)), text))
        }
    }

    private static func text(_ json: JSONValue) -> String? {
        switch json {
        case .null, .object: nil
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): number.description
        case .string(let text): text
        case .array(let items): items.compactMap(text).joined(separator: ";")
        }
    }
}

/// Cuts bytes into lines; blank ones are none. A line beyond the limit stops the reading, as in tables.
struct LineCutter: Sendable {
    private let limit: Int
    private var partial: [UInt8] = []
    private var line = 1

    init(limit: Int = 8 << 20) { self.limit = limit }

    mutating func feed(_ chunk: [UInt8], _ emit: ([UInt8], Int) throws -> Void) throws {
        var start = chunk.startIndex
        while let end = chunk[start...].firstIndex(of: 0x0A) {
            partial += chunk[start..<end]
            try endLine(emit)
            line += 1
            start = end + 1
        }
        partial += chunk[start...]
        try check()
    }

    mutating func finish(_ emit: ([UInt8], Int) throws -> Void) throws { try endLine(emit) }

    private func check() throws {
        guard partial.count <= limit else { throw CSVError.recordTooLong(line: line, limit: limit, quoteLine: nil) }
    }

    private mutating func endLine(_ emit: ([UInt8], Int) throws -> Void) throws {
        try check()
        defer { partial.removeAll(keepingCapacity: true) }
        guard partial.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { return }
        try emit(partial, line)
    }
}
