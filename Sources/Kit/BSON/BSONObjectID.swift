import Foundation
import Synchronization

/// A 12-byte identifier: seconds since 1970, five bytes random per process, a three-byte counter.
public struct BSONObjectID: Sendable, Hashable, CustomStringConvertible {
    /// The first eight bytes, big-endian.
    let high: UInt64
    /// The last four bytes, big-endian.
    let low: UInt32

    /// A new identifier, unique over processes.
    public init() {
        let seconds = UInt64(UInt32(truncatingIfNeeded: Int64(Date().timeIntervalSince1970)))
        let count = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue & 0x00FF_FFFF
        high = seconds << 32 | Self.processBits >> 8
        low = UInt32(truncatingIfNeeded: Self.processBits & 0xFF) << 24 | count
    }

    /// From exactly 12 bytes; `nil` for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 12 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// From 24 hexadecimal digits; `nil` for anything else.
    public init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 24, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
            let high = UInt64(hex.prefix(16), radix: 16), let low = UInt32(hex.suffix(8), radix: 16)
        else { return nil }
        self.high = high
        self.low = low
    }

    public var bytes: [UInt8] {
        withUnsafeBytes(of: high.bigEndian, Array.init) + withUnsafeBytes(of: low.bigEndian, Array.init)
    }

    /// 24 lower-case hexadecimal digits.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Forty random bits, the same for the life of this process.
    private static let processBits = UInt64.random(in: 0..<(1 << 40))
    private static let counter = Atomic<UInt32>(UInt32.random(in: 0..<0x00FF_FFFF))
}
