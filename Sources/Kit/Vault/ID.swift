import FoundationEssentials
import Synchronization

/// Sortable identifiers of stored things: `<prefix>_` and 26 Crockford base-32 characters holding 48 bits of
/// milliseconds since 1970 and 80 bits that are random, or one more than the previous id of the same millisecond.
///
/// Ids made in one process in one millisecond sort in the order they were made. An id is not a secret: whoever must not
/// guess something gets a ``RandomToken``.
public enum ID {
    /// Length of the part behind the underscore.
    public static let suffixLength = 26

    /// Makes a new id. `prefix` is a short lower-case word such as `org` or `cus`; `at` dates the id, never the row.
    public static func make(_ prefix: String, at date: Date = Date()) -> String {
        let milliseconds = UInt64(max(0, (date.timeIntervalSince1970 * 1000).rounded(.down))) & 0xFFFF_FFFF_FFFF
        let entropy = sequence.withLock { $0.next(milliseconds) }
        var bytes = [UInt8]()
        bytes.reserveCapacity(prefix.utf8.count + 1 + suffixLength)
        bytes.append(contentsOf: prefix.utf8)
        bytes.append(UInt8(ascii: "_"))
        let high = milliseconds << 16 | UInt64(entropy.high)
        encode(high: high, low: entropy.low, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether `text` has the form of an id of this kind. Says nothing about such a thing existing.
    public static func isValid(_ text: String, prefix: String) -> Bool {
        let bytes = text.utf8
        let head = prefix.utf8
        guard bytes.count == head.count + 1 + suffixLength, bytes.starts(with: head) else { return false }
        let rest = bytes.dropFirst(head.count)
        return rest.first == UInt8(ascii: "_") && rest.dropFirst().allSatisfy { alphabet.contains($0) }
    }

    /// Crockford's alphabet: no I, L, O, U.
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private static let sequence = Mutex(IDSequence())

    /// 128 bits as 26 characters of five bits, most significant first; the first character holds only three bits.
    private static func encode(high: UInt64, low: UInt64, into bytes: inout [UInt8]) {
        var shift = 125
        while shift >= 0 {
            let five: UInt64
            if shift >= 64 {
                five = high >> UInt64(shift - 64)
            } else if shift > 59 {
                five = low >> UInt64(shift) | high << UInt64(64 - shift)
            } else {
                five = low >> UInt64(shift)
            }
            bytes.append(alphabet[Int(five & 31)])
            shift -= 5
        }
    }
}

/// The last id's random part, so that ids of one millisecond count upwards.
struct IDSequence {
    private var milliseconds: UInt64 = 0
    private var high: UInt16 = 0
    private var low: UInt64 = 0

    mutating func next(_ now: UInt64) -> (high: UInt16, low: UInt64) {
        if now == milliseconds {
            low &+= 1
            if low == 0 { high &+= 1 }
        } else {
            milliseconds = now
            high = UInt16.random(in: 0...UInt16.max >> 1)
            low = UInt64.random(in: 0...UInt64.max)
        }
        return (high, low)
    }
}
