/// How a file writes numbers: which sign stands before the decimals. The other one may group thousands.
public enum NumberFormat: String, Sendable, Codable, CaseIterable {
    case point = "1,234.56"
    case comma = "1.234,56"

    var decimal: UInt8 { self == .point ? 0x2E : 0x2C }
    var grouping: UInt8 { self == .point ? 0x2C : 0x2E }
}

/// A number as read from a field, exact: digits and a count of decimals, never a binary fraction.
public struct DecimalText: Sendable, Equatable {
    public var isNegative = false
    /// All digits as one whole number.
    public var digits: Int64 = 0
    public var decimals = 0
    /// A three-letter code written beside the number, as in `12.50 EUR`.
    public var currency: String?

    /// For figures that are no money.
    public var doubleValue: Double {
        var value = Double(digits)
        for _ in 0..<decimals { value /= 10 }
        return isNegative ? -value : value
    }

    /// The amount in minor units of a currency with `exponent` decimals, rounded half away from zero.
    public func minorUnits(exponent: Int) -> Int64? {
        var value = digits
        var places = decimals
        while places < exponent {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            value = scaled
            places += 1
        }
        if places > exponent {
            var divisor: Int64 = 1
            for _ in exponent..<places { divisor *= 10 }
            value = (value + divisor / 2) / divisor
        }
        return isNegative ? -value : value
    }
}

/// Why a field is not a number we take.
public enum NumberProblem: Error, Sendable, Equatable { case notANumber, tooLarge }

extension NumberFormat {
    /// Reads `1,234.56`, `1.234,56`, `$ 12`, `(3.00)`, `12.50-`, `EUR 5`, with spaces or apostrophes between thousands.
    public func parse(_ field: ArraySlice<UInt8>) throws(NumberProblem) -> DecimalText {
        var reader = DecimalReader(format: self)
        var index = field.startIndex
        while index < field.endIndex {
            index += try reader.take(field, at: index)
        }
        return try reader.finish()
    }
}

/// The state of reading one number: signs and currency around it, groups and decimals in it.
private struct DecimalReader {
    let format: NumberFormat
    private var result = DecimalText()
    private var digitCount = 0
    private var sawDecimal = false
    private var groupDigits: Int?
    private var open = false
    private var closed = false
    private var letters: [UInt8] = []

    init(format: NumberFormat) { self.format = format }

    /// Takes one character and returns how many bytes it had.
    mutating func take(_ field: ArraySlice<UInt8>, at index: Int) throws(NumberProblem) -> Int {
        let byte = field[index]
        switch byte {
        case 0x30...0x39: try digit(byte)
        case format.decimal:
            guard !sawDecimal, groupDigits == nil || groupDigits == 3 else { throw .notANumber }
            sawDecimal = true
            groupDigits = nil
        case format.grouping, 0x27: try group()
        case 0x2D:
            guard !result.isNegative, !open else { throw .notANumber }
            result.isNegative = true
        case 0x2B where digitCount == 0, 0x24: break
        case 0x20: if digitCount > 0, nextIsDigit(field, after: index) { try group() }
        case 0x28 where digitCount == 0 && !open && !result.isNegative: (open, result.isNegative) = (true, true)
        case 0x29 where open && !closed: closed = true
        case 0x41...0x5A, 0x61...0x7A: letters.append(byte & 0xDF)
        default: return try symbol(field, at: index)
        }
        return 1
    }

    mutating func finish() throws(NumberProblem) -> DecimalText {
        guard digitCount > 0, open == closed, groupDigits == nil || groupDigits == 3 else { throw .notANumber }
        if !letters.isEmpty {
            guard letters.count == 3 else { throw .notANumber }
            result.currency = String(decoding: letters, as: UTF8.self)
        }
        return result
    }

    private mutating func digit(_ byte: UInt8) throws(NumberProblem) {
        guard !closed else { throw .notANumber }
        if sawDecimal {
            // More decimals than any currency has say nothing about the amount.
            if result.decimals >= 6 { return }
            result.decimals += 1
        } else if let count = groupDigits {
            guard count < 3 else { throw .notANumber }
            groupDigits = count + 1
        }
        digitCount += 1
        guard digitCount <= 17 else { throw .tooLarge }
        result.digits = result.digits * 10 + Int64(byte - 0x30)
    }

    private mutating func group() throws(NumberProblem) {
        guard digitCount > 0, !sawDecimal, groupDigits == nil ? digitCount <= 3 : groupDigits == 3 else {
            throw .notANumber
        }
        groupDigits = 0
    }

    private func nextIsDigit(_ field: ArraySlice<UInt8>, after index: Int) -> Bool {
        index + 1 < field.endIndex && 0x30...0x39 ~= field[index + 1]
    }

    /// Currency signs and the spaces beyond ASCII.
    private mutating func symbol(_ field: ArraySlice<UInt8>, at index: Int) throws(NumberProblem) -> Int {
        let rest = field[index...]
        if rest.starts(with: [0xC2, 0xA0]) { return 2 }
        if rest.starts(with: [0xE2, 0x80, 0xAF]) || rest.starts(with: [0xE2, 0x80, 0x89]) { return 3 }
        if rest.starts(with: [0xC2, 0xA3]) || rest.starts(with: [0xC2, 0xA5]) { return 2 }
        if rest.starts(with: [0xE2, 0x82]) && rest.count >= 3 { return 3 }
        if rest.starts(with: [0xE2, 0x88, 0x92]) {
            guard !result.isNegative else { throw .notANumber }
            result.isNegative = true
            return 3
        }
        throw .notANumber
    }
}
