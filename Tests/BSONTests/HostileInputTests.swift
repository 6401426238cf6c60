import BSON
import Testing

@Suite("BSON from hostile hands")
struct HostileInputTests {
    /// A document with these element bytes, its length right.
    private func document(_ elements: [UInt8]) -> [UInt8] {
        let length = UInt32(elements.count + 5)
        return withUnsafeBytes(of: length.littleEndian, Array.init) + elements + [0]
    }

    private func kind(_ bytes: [UInt8]) -> BSONError.Kind? {
        do {
            _ = try BSONDocument(validating: bytes)
            return nil
        } catch {
            return error.kind
        }
    }

    @Test("every truncation of a valid document is refused")
    func truncated() {
        let whole = Seeds.everything.bytes
        for length in 0..<whole.count { #expect(kind(Array(whole.prefix(length))) != nil) }
        #expect(kind(whole) == nil)
    }

    @Test("wrong lengths are refused")
    func lengths() {
        #expect(kind([4, 0, 0, 0]) == .truncated)
        #expect(kind([5, 0, 0, 0, 0, 0]) == .wrongLength)
        #expect(kind([0xFF, 0xFF, 0xFF, 0xFF, 0]) == .wrongLength)
        #expect(kind([0xFF, 0xFF, 0xFF, 0x7F, 0]) == .truncated)
        #expect(kind(document([0x02, 0x61, 0, 0, 0, 0, 0])) == .wrongLength)  // string of no bytes
        #expect(kind(document([0x02, 0x61, 0, 0xFF, 0xFF, 0xFF, 0x7F, 0x62, 0])) == .truncated)
        #expect(kind(document([0x05, 0x61, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0])) == .wrongLength)  // binary of −1 bytes
        #expect(kind(document([0x05, 0x61, 0, 5, 0, 0, 0, 2, 9, 0, 0, 0, 1])) == .wrongLength)  // old binary
        #expect(kind(document([0x03, 0x61, 0, 4, 0, 0, 0, 0])) == .wrongLength)
    }

    @Test("missing terminators, unknown types and bad booleans are refused")
    func structure() {
        #expect(kind([5, 0, 0, 0, 1]) == .missingTerminator)
        #expect(kind(document([0x0A, 0x61])) == .missingTerminator)  // key without an end
        #expect(kind(document([0x02, 0x61, 0, 2, 0, 0, 0, 0x62, 0x63])) == .missingTerminator)
        #expect(kind(document([0x14, 0x61, 0])) == .unknownType(0x14))
        #expect(kind(document([0x08, 0x61, 0, 2])) == .invalidValue)
        #expect(kind(document([0x0B, 0x61, 0, 0x62, 0])) == .missingTerminator)  // pattern without options
        #expect(kind(document([0, 0x0A])) == .wrongLength)  // ends before its end
    }

    @Test(
        "text that is not UTF-8 is refused, in values and keys",
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
        ] as [[UInt8]])
    func utf8(bad: [UInt8]) {
        let length = UInt8(bad.count + 1)
        #expect(kind(document([0x02, 0x61, 0, length, 0, 0, 0] + bad + [0])) == .invalidUTF8)
        #expect(kind(document([0x0A] + bad + [0])) == .invalidUTF8)
        #expect(kind(document([0x0B, 0x61, 0] + bad + [0, 0])) == .invalidUTF8)
    }

    @Test("nesting is allowed to a hundred levels and no further")
    func depth() {
        func nested(_ levels: Int) -> [UInt8] {
            var bytes = document([])
            for _ in 1..<levels { bytes = document([0x03, 0x61, 0] + bytes) }
            return bytes
        }
        #expect(kind(nested(100)) == nil)
        #expect(kind(nested(101)) == .nestingTooDeep)
        #expect(kind(nested(5000)) == .nestingTooDeep)
        // Deep arrays in unchecked bytes end in an error, not in a full stack.
        var deep = document([])
        for _ in 0..<5000 { deep = document([0x04, 0x30, 0] + deep) }
        let trusted = BSONDocument(trusting: deep)
        #expect(trusted["0"] == nil)
    }

    @Test("16 MiB is the limit")
    func size() {
        let room = BSONDocument.maximumSize - 5 - 8
        let length = withUnsafeBytes(of: UInt32(room).littleEndian, Array.init)
        let largest = document([0x05, 0x61, 0] + length + [0] + [UInt8](repeating: 7, count: room))
        #expect(largest.count == BSONDocument.maximumSize)
        #expect(kind(largest) == nil)
        #expect(kind(largest + [0]) == .tooLarge)
    }
}
