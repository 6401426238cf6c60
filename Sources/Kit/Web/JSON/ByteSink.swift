/// A growing run of bytes that writers fill through raw memory: one capacity check per value instead of one per byte.
struct ByteSink: Sendable {
    private var storage: [UInt8]
    private(set) var count = 0

    init(capacity: Int) {
        storage = [UInt8](repeating: 0, count: max(64, capacity))
    }

    /// What was written, as a copy.
    var bytes: [UInt8] { Array(storage[..<count]) }

    /// Reads what was written without a copy.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        storage.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// Lets `body` write up to `maximum` bytes; it returns how many it wrote.
    @inline(__always)
    mutating func write(maximum: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        if storage.count - count < maximum { grow(maximum) }
        storage.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            count += body(base + count)
        }
    }

    @inline(never)
    private mutating func grow(_ room: Int) {
        let size = max(storage.count * 2, count + room)
        storage += [UInt8](repeating: 0, count: size - storage.count)
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        write(maximum: 1) { pointer in
            pointer.pointee = byte
            return 1
        }
    }

    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        write(maximum: bytes.count) { pointer in
            pointer.update(from: source, count: bytes.count)
            return bytes.count
        }
    }

    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append($0) }
    }

    /// Text as it is.
    mutating func append(raw text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    mutating func append(_ number: Int) {
        write(maximum: 20) { DecimalText.write(number, to: $0) }
    }
}

/// Digits into raw memory.
enum DecimalText {
    /// Writes a whole number; at most 20 bytes. The number of bytes written.
    static func write(_ number: Int, to pointer: UnsafeMutablePointer<UInt8>) -> Int {
        var start = 0
        if number < 0 {
            pointer[0] = UInt8(ascii: "-")
            start = 1
        }
        var magnitude = number.magnitude
        var digits = 1
        var probe = magnitude
        while probe >= 10 {
            probe /= 10
            digits += 1
        }
        var index = start + digits - 1
        while index >= start {
            pointer[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
            magnitude /= 10
            index -= 1
        }
        return start + digits
    }

    /// Writes exactly `width` digits with leading zeros.
    static func write(_ number: Int, width: Int, to pointer: UnsafeMutablePointer<UInt8>) {
        var rest = number
        var index = width - 1
        while index >= 0 {
            pointer[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            index -= 1
        }
    }

    /// A number with leading zeros as text.
    static func padded(_ number: Int, width: Int) -> String {
        String(unsafeUninitializedCapacity: width) { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            write(number, width: width, to: base)
            return width
        }
    }
}
