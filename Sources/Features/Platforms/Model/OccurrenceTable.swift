/// Counts how often a 64-bit fingerprint was seen, in 12 bytes a slot: a million rows take some 25 MB.
///
/// Open addressing with linear probing. Used to tell the second of two equal rows of a file from a repetition of the
/// whole file.
struct OccurrenceTable: Sendable {
    private var keys: [UInt64]
    private var values: [UInt32]
    private var used = 0

    init(capacity: Int = 1024) {
        keys = Array(repeating: 0, count: capacity)
        values = Array(repeating: 0, count: capacity)
    }

    /// Adds one and returns the count before.
    mutating func count(_ fingerprint: UInt64) -> UInt32 {
        let slot = slot(of: fingerprint)
        defer { values[slot] += 1 }
        return values[slot]
    }

    /// Sets the value of a new fingerprint; returns the old value of a known one and leaves it.
    mutating func claim(_ fingerprint: UInt64, value: UInt32) -> UInt32? {
        let slot = slot(of: fingerprint)
        guard values[slot] == 0 else { return values[slot] }
        values[slot] = max(value, 1)
        return nil
    }

    private mutating func slot(of fingerprint: UInt64) -> Int {
        if (used + 1) * 10 > keys.count * 7 { grow() }
        let key = max(fingerprint, 1)
        let index = find(key)
        if keys[index] == 0 {
            keys[index] = key
            used += 1
        }
        return index
    }

    private func find(_ key: UInt64) -> Int {
        let mask = keys.count - 1
        var index = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
        while keys[index] != 0, keys[index] != key { index = (index + 1) & mask }
        return index
    }

    private mutating func grow() {
        let old = (keys, values)
        keys = Array(repeating: 0, count: old.0.count * 2)
        values = Array(repeating: 0, count: old.0.count * 2)
        for (key, value) in zip(old.0, old.1) where key != 0 {
            let index = find(key)
            keys[index] = key
            values[index] = value
        }
    }
}
