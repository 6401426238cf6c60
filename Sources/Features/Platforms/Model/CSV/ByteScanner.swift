/// A cursor over the bytes of one field.
struct ByteScanner {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position >= bytes.endIndex }

    func peek() -> UInt8? { isAtEnd ? nil : bytes[position] }

    mutating func next() -> UInt8? {
        guard !isAtEnd else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func skipSpaces() {
        while let byte = peek(), byte == 0x20 || byte == 0x09 { position += 1 }
    }

    /// Takes digits while there are any, up to the upper bound; nil with fewer than the lower bound.
    mutating func number(digits: ClosedRange<Int>) -> Int? {
        var value = 0
        var count = 0
        while count < digits.upperBound, let byte = peek(), 0x30...0x39 ~= byte {
            value = value * 10 + Int(byte - 0x30)
            count += 1
            position += 1
        }
        return count >= digits.lowerBound ? value : nil
    }

    /// A decimal fraction of a second as milliseconds; further digits are dropped.
    mutating func fraction() -> Int? {
        var value = 0
        var count = 0
        while let byte = peek(), 0x30...0x39 ~= byte {
            if count < 3 { value = value * 10 + Int(byte - 0x30) }
            count += 1
            position += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 3)..<3 { value *= 10 }
        return value
    }
}
