/// Looks at a file while it streams past: its beginning, its size, and whether all of it is valid UTF-8.
///
/// The whole file counts, not a sample: a name with an accent may first appear in row 60,000.
public struct FileInspector: Sendable {
    public private(set) var prefix: [UInt8] = []
    public private(set) var size = 0
    public private(set) var nulBytes = 0
    private var valid = true
    private var pending = 0
    private var lower: UInt8 = 0x80
    private var upper: UInt8 = 0xBF

    public init() {}

    public var isUTF8: Bool { valid && pending == 0 }

    public mutating func update(_ chunk: some Collection<UInt8>) {
        if prefix.count < 65_536 { prefix += chunk.prefix(65_536 - prefix.count) }
        size += chunk.count
        let seen: Void? = chunk.withContiguousStorageIfAvailable { scan($0) }
        if seen == nil { Array(chunk).withUnsafeBufferPointer { scan($0) } }
    }

    private mutating func scan(_ chunk: UnsafeBufferPointer<UInt8>) {
        for byte in chunk {
            if byte == 0 { nulBytes += 1 }
            if pending == 0 && byte < 0x80 { continue }
            if valid { step(byte) }
        }
    }

    /// Table 3-7 of the Unicode Standard: well-formed UTF-8 byte sequences.
    private mutating func step(_ byte: UInt8) {
        if pending > 0 {
            guard lower...upper ~= byte else { return valid = false }
            pending -= 1
            (lower, upper) = (0x80, 0xBF)
            return
        }
        switch byte {
        case 0xC2...0xDF: pending = 1
        case 0xE0: (pending, lower) = (2, 0xA0)
        case 0xE1...0xEC, 0xEE, 0xEF: pending = 2
        case 0xED: (pending, upper) = (2, 0x9F)
        case 0xF0: (pending, lower) = (3, 0x90)
        case 0xF1...0xF3: pending = 3
        case 0xF4: (pending, upper) = (3, 0x8F)
        default: valid = false
        }
    }
}
