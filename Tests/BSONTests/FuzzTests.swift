import BSON
import Foundation
import Testing

@Suite("BSON fuzzing")
struct FuzzTests {
    @Test("damaged documents give an error or a document that reads whole, and never a crash", arguments: 1...8)
    func mutations(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var accepted = 0
        for _ in 0..<4000 {
            var bytes = Seeds.all.randomElement(using: &random)?.bytes ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) { Mutation.apply(to: &bytes, using: &random) }
            readUnchecked(bytes)
            if let document = try? BSONDocument(validating: bytes) {
                accepted += 1
                #expect(readsWhole(document))
            }
        }
        #expect(accepted < 4000)
    }

    @Test("random bytes never crash", arguments: 1...4)
    func noise(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<4000 {
            let count = Int.random(in: 0...64, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            if bytes.count >= 5, Bool.random(using: &random) {
                let length = UInt32(bytes.count).littleEndian
                bytes.replaceSubrange(0..<4, with: withUnsafeBytes(of: length, Array.init))
                bytes[bytes.count - 1] = 0
            }
            readUnchecked(bytes)
            if let document = try? BSONDocument(validating: bytes) { #expect(readsWhole(document)) }
        }
    }

    /// What the check has let through can be read, edited, decoded and written again without loss.
    private func readsWhole(_ document: BSONDocument) -> Bool {
        let elements = document.elements()
        _ = document.description
        _ = document.merging(["zz": 1]).removing(["a"])
        _ = try? BSONDecoder().decode([String: BSONValue].self, from: document)
        return elements.count == document.count
    }

    /// Bytes that nobody checked: reading may stop or throw.
    private func readUnchecked(_ bytes: [UInt8]) {
        let document = BSONDocument(trusting: bytes)
        _ = document.elements()
        _ = document.description
        _ = try? BSONDecoder().decode(CodableTests.Person.self, from: document)
        var changed = document
        changed["a"] = "changed"
        _ = changed.merging(document).keys
    }
}

/// One small act of violence against bytes.
enum Mutation {
    static func apply(to bytes: inout [UInt8], using random: inout SplitMix) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 4: bytes.removeLast(Int.random(in: 1...min(8, bytes.count), using: &random))
        case 5: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        default:
            let other = Int.random(in: 0..<bytes.count, using: &random)
            bytes.replaceSubrange(place..<place, with: bytes[min(place, other)..<max(place, other)])
        }
        // Half of the time the outer length is right again, so that the damage goes deeper.
        if bytes.count >= 5, Bool.random(using: &random) {
            let length = UInt32(bytes.count).littleEndian
            bytes.replaceSubrange(0..<4, with: withUnsafeBytes(of: length, Array.init))
        }
    }
}

/// Sebastiano Vigna's SplitMix64: the same numbers for the same seed, everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
