/// What the values of one column look like, gathered value by value over the beginning of a file.
public struct ColumnProfile: Sendable, Equatable {
    public enum Kind: String, Sendable, Codable { case empty, text, number, date, email }

    public var name: String
    public private(set) var filled = 0
    public private(set) var examples: [String] = []
    private var dates: [DateFormat: Int] = [:]
    private var numbers: [NumberFormat: Int] = [:]
    /// Values that both number formats read, with different results: `1.234`.
    private var doubtfulNumbers = 0
    private var emails = 0

    public init(name: String) { self.name = name }

    public mutating func add(_ field: ArraySlice<UInt8>) {
        let value = field.trimmed
        guard !value.isEmpty else { return }
        filled += 1
        let text = String(decoding: value.prefix(80), as: UTF8.self)
        if examples.count < 3, !examples.contains(text) { examples.append(text) }
        for format in DateFormat.allCases where format.parse(value, zone: Self.anyZone) != nil {
            dates[format, default: 0] += 1
        }
        let point = try? NumberFormat.point.parse(value)
        let comma = try? NumberFormat.comma.parse(value)
        if point != nil { numbers[.point, default: 0] += 1 }
        if comma != nil { numbers[.comma, default: 0] += 1 }
        if let point, let comma, point != comma { doubtfulNumbers += 1 }
        if EmailAddress.isPlausible(value) { emails += 1 }
    }

    public var kind: Kind {
        if filled == 0 { return .empty }
        if emails * 10 >= filled * 8 { return .email }
        if writtenDates * 10 >= filled * 6 { return .date }
        if (numbers.values.max() ?? 0) * 10 >= filled * 8 { return .number }
        return .text
    }

    /// The formats that read the most values, best first.
    public var dateFormats: [DateFormat] {
        let best = dates.values.max() ?? 0
        return best == 0 ? [] : DateFormat.allCases.filter { dates[$0] == best }
    }

    /// Day and month cannot be told apart: every value reads both ways, so a person has to say.
    public var datesAreAmbiguous: Bool {
        let formats = dateFormats
        return formats.contains(.dayFirst) && formats.contains(.monthFirst)
    }

    /// How many values the best date format does not read; above 0 the column mixes formats.
    public var datesNotRead: Int { filled - (dates.values.max() ?? 0) }

    public var numberFormat: NumberFormat {
        (numbers[.comma] ?? 0) > (numbers[.point] ?? 0) ? .comma : .point
    }

    public var numbersAreAmbiguous: Bool {
        doubtfulNumbers > 0 && numbers[.point] == filled && numbers[.comma] == filled
    }

    /// Dates that show they are dates: plain digits (compact, epoch) do not.
    private var writtenDates: Int {
        [DateFormat.iso, .dayFirst, .monthFirst].map { dates[$0] ?? 0 }.max() ?? 0
    }

    /// Whether the values could be days written in plain digits; believed only when the column's name says so.
    var couldBePlainDates: Bool {
        [DateFormat.compact, .epochSeconds, .epochMilliseconds].contains { (dates[$0] ?? 0) * 10 >= filled * 9 }
            && filled > 0
    }

    private static let anyZone = ZoneOffsets(identifier: "UTC")
}

extension ArraySlice<UInt8> {
    /// Without spaces and tabs at both ends.
    var trimmed: ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first, first == 0x20 || first == 0x09 { slice = slice.dropFirst() }
        while let last = slice.last, last == 0x20 || last == 0x09 { slice = slice.dropLast() }
        return slice
    }
}

/// A light check of e-mail addresses: enough to find the column and to refuse what is plainly none.
enum EmailAddress {
    static func isPlausible(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard 5...254 ~= bytes.count, let at = bytes.firstIndex(of: 0x40), at > bytes.startIndex,
            bytes.lastIndex(of: 0x40) == at
        else { return false }
        let domain = bytes[(at + 1)...]
        guard let dot = domain.lastIndex(of: 0x2E), dot > domain.startIndex, dot < domain.endIndex - 1 else {
            return false
        }
        return !bytes.contains { $0 <= 0x20 || $0 == 0x2C || $0 == 0x3B }
    }
}
