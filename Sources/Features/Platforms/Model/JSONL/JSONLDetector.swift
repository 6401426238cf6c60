import Web

/// Finds out what a file of JSON lines holds: the names in its first rows become columns, with the shape of each.
struct JSONLDetector {
    private var cutter = LineCutter()
    private var names: [String] = []
    private var places: [String: Int] = [:]
    private var profiles: [ColumnProfile] = []
    private var preview: [[Int: String]] = []
    private var lines: [Int] = []
    private var rows = 0
    private var fed = 0

    private static let mostColumns = 512

    var wantsMore: Bool { rows < CSVDetector.wantedRows && fed < CSVDetector.wantedBytes }

    mutating func feed(_ text: [UInt8]) throws {
        fed += text.count
        var running = cutter
        cutter = LineCutter()
        defer { cutter = running }
        try running.feed(text) { line, number in take(line, number) }
    }

    /// - Parameter isWholeFile: nothing follows, so that a last line without an end counts
    mutating func finish(isWholeFile: Bool) throws -> DetectedFormat {
        if isWholeFile {
            var running = cutter
            try running.finish { line, number in take(line, number) }
        }
        guard rows > 0, !names.isEmpty else { throw CSVError.empty }
        return DetectedFormat(
            delimiter: 0x2C, hasHeader: true, columns: profiles,
            preview: preview.map { cells in names.indices.map { cells[$0] ?? "" } }, previewLines: lines,
            rowsSeen: rows)
    }

    private mutating func take(_ line: [UInt8], _ number: Int) {
        guard rows < CSVDetector.wantedRows else { return }
        rows += 1
        guard let members = try? JSONLines.members(of: line) else { return }
        var cells: [Int: String] = [:]
        for member in members {
            guard let column = column(member.name) else { continue }
            profiles[column].add(Array(member.text.utf8)[...])
            cells[column] = String(member.text.prefix(200))
        }
        guard preview.count < CSVDetector.previewRows else { return }
        preview.append(cells)
        lines.append(number)
    }

    private mutating func column(_ name: String) -> Int? {
        if let place = places[name] { return place }
        guard names.count < Self.mostColumns else { return nil }
        places[name] = names.count
        names.append(name)
        profiles.append(ColumnProfile(name: name))
        return names.count - 1
    }
}
