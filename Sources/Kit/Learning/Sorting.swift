/// Sorting of numbers by their digits, for columns of many rows: linear in their count.
extension [Double] {
    /// Below this comparing is faster.
    private static var fewest: Int { 2_048 }
    private static var bits: Int { 11 }

    /// Ascending, as `sorted()` gives them. Of the two zeros the negative one comes first.
    ///
    /// From the lowest digit of eleven bits to the highest, each pass keeping the order of the one before. A digit that is
    /// the same in all values needs no pass: whole numbers, which most features are, take two or three.
    /// - Precondition: no value is NaN.
    func ascending() -> [Double] {
        guard count >= Self.fewest else { return sorted() }
        var keys = map { Self.key($0) }
        var other = keys
        let radix = 1 << Self.bits
        let digits = (64 + Self.bits - 1) / Self.bits
        var counts = [Int](repeating: 0, count: digits * radix)
        for key in keys {
            for digit in 0..<digits { counts[digit * radix + Self.digit(digit, of: key)] += 1 }
        }
        for digit in 0..<digits {
            let own = digit * radix
            guard counts[own + Self.digit(digit, of: keys[0])] != keys.count else { continue }
            var next = 0
            for value in 0..<radix {
                let count = counts[own + value]
                counts[own + value] = next
                next += count
            }
            keys.withUnsafeBufferPointer { keys in
                other.withUnsafeMutableBufferPointer { other in
                    for key in keys {
                        let place = own + Self.digit(digit, of: key)
                        other[counts[place]] = key
                        counts[place] += 1
                    }
                }
            }
            swap(&keys, &other)
        }
        return keys.map { Self.value($0) }
    }

    @inline(__always)
    private static func digit(_ digit: Int, of key: UInt64) -> Int {
        Int(truncatingIfNeeded: key &>> UInt64(digit &* bits)) & ((1 << bits) - 1)
    }

    /// Ordered as the values are.
    @inline(__always)
    private static func key(_ value: Double) -> UInt64 {
        let pattern = value.bitPattern
        return pattern >> 63 == 0 ? pattern | 1 << 63 : ~pattern
    }

    @inline(__always)
    private static func value(_ key: UInt64) -> Double {
        Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
    }
}
