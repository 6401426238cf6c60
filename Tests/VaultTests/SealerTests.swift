import Foundation
import Testing

@testable import Vault

@Suite("Sealing")
struct SealerTests {
    private func ring(_ ids: String...) throws -> KeyRing {
        try KeyRing(
            ids.enumerated().map { ($0.element, [UInt8](repeating: UInt8($0.element.utf8.count + 7), count: 32)) })
    }

    @Test("what was sealed opens in its own context and nowhere else")
    func contexts() throws {
        let sealer = Sealer(try ring("k1"))
        let box = try sealer.seal("ana@acme.test", context: ["org_1", "customers", "cus_1", "email"])
        #expect(try sealer.openText(box, context: ["org_1", "customers", "cus_1", "email"]) == "ana@acme.test")
        for other in [
            ["org_2", "customers", "cus_1", "email"], ["org_1", "customers", "cus_2", "email"],
            ["org_1", "customers", "cus_1", "phone"], ["org_1", "customers", "cus_1"],
            ["org_1", "customers", "cus_1e", "mail"],
        ] {
            #expect(throws: SealError.cannotOpen) { try sealer.open(box, context: other) }
        }
    }

    @Test("swapping two ciphertexts between rows fails for both")
    func swap() throws {
        let sealer = Sealer(try ring("k1"))
        let first = try sealer.seal("one", context: ["org_1", "a"])
        let second = try sealer.seal("two", context: ["org_2", "a"])
        #expect(throws: SealError.cannotOpen) { try sealer.open(second, context: ["org_1", "a"]) }
        #expect(throws: SealError.cannotOpen) { try sealer.open(first, context: ["org_2", "a"]) }
    }

    @Test("a flipped bit anywhere is noticed")
    func altered() throws {
        let sealer = Sealer(try ring("k1"))
        let box = try sealer.seal("one", context: ["x"])
        for index in box.bytes.indices {
            var bytes = box.bytes
            bytes[index] ^= 1
            #expect(throws: SealError.self) { try sealer.open(SealedBox(bytes: bytes), context: ["x"]) }
        }
        for length in 0..<box.bytes.count {
            #expect(throws: SealError.self) {
                try sealer.open(SealedBox(bytes: Array(box.bytes.prefix(length))), context: ["x"])
            }
        }
    }

    @Test("after a rotation old values open, new ones use the new key, and a removed key is named")
    func rotation() throws {
        let old = Sealer(try ring("k1"))
        let box = try old.seal("one", context: ["x"])
        let rotated = Sealer(try ring("key2", "k1"))
        #expect(try rotated.openText(box, context: ["x"]) == "one")
        #expect(rotated.needsRotation(box))
        let renewed = try rotated.seal("one", context: ["x"])
        #expect(renewed.keyID == "key2")
        #expect(!rotated.needsRotation(renewed))
        #expect(throws: SealError.unknownKey("k1")) { try Sealer(try ring("key2")).open(box, context: ["x"]) }
    }

    @Test("the ring is read from its configured form and refuses weak or repeated keys")
    func configured() throws {
        let key = Data(repeating: 3, count: 32).base64EncodedString()
        let ring = try KeyRing(configured: SecretValue("k2:\(key),k1:\(key)"))
        #expect(ring.activeID == "k2")
        #expect(ring.ids == ["k1", "k2"])
        #expect(!"\(ring)".contains(key))
        for bad in ["", "k1", "k1:AAAA", "k1:\(key),k1:\(key)", ":\(key)"] {
            #expect(throws: KeyRingError.self) { try KeyRing(configured: SecretValue(bad)) }
        }
    }

    @Test("look-up tokens are equal inside a context and different across organizations")
    func tokens() throws {
        let tokenizer = Tokenizer(key: [UInt8](repeating: 9, count: 32))
        let one = tokenizer.token("ana@acme.test", context: ["org_1", "email"])
        #expect(one == tokenizer.token("ana@acme.test", context: ["org_1", "email"]))
        #expect(one != tokenizer.token("ana@acme.test", context: ["org_2", "email"]))
        #expect(one.hasPrefix("tok_") && !one.contains("ana"))
    }
}
