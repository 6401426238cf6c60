import Foundation
import Testing

@testable import Vault

@Suite("Passwords")
struct PasswordTests {
    @Test("scrypt gives the key of RFC 7914 §12")
    func vector() throws {
        let key = try ScryptParameters(logN: 10, blockSize: 8, parallelism: 16)
            .derive(Array("password".utf8), salt: Array("NaCl".utf8))
        // The RFC lists 64 bytes; the first 32 are what a 32-byte key is.
        #expect(Hex.encode(key) == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162")
    }

    @Test("the right password is right, another is not")
    func verify() async throws {
        let hasher = PasswordHasher(parameters: .minimal)
        let stored = try await hasher.hash("correct horse battery")
        #expect(stored.hasPrefix("$scrypt$ln=4,r=8,p=1$"))
        #expect(
            try await hasher.verify("correct horse battery", against: stored) == .init(ok: true, needsUpgrade: false))
        #expect(
            try await hasher.verify("Correct horse battery", against: stored) == .init(ok: false, needsUpgrade: false))
        #expect(try await hasher.hash("correct horse battery") != stored)
    }

    @Test("a hash of other cost still verifies and asks to be upgraded, only when the password was right")
    func upgrade() async throws {
        let old = try await PasswordHasher(parameters: .minimal).hash("correct horse battery")
        let newer = PasswordHasher(parameters: ScryptParameters(logN: 5, blockSize: 8, parallelism: 1))
        #expect(try await newer.verify("correct horse battery", against: old) == .init(ok: true, needsUpgrade: true))
        #expect(try await newer.verify("wrong", against: old) == .init(ok: false, needsUpgrade: false))
    }

    @Test(
        "damaged hashes and absurd costs are never right",
        arguments: [
            "", "plain", "$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$scrypt$ln=4,r=8$AAAA$AAAA", "$scrypt$ln=4,r=8,p=1$$", "$2b$12$abcdefgh",
            "$scrypt$ln=-4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        ])
    func damaged(stored: String) async throws {
        let hasher = PasswordHasher(parameters: .minimal)
        #expect(try await hasher.verify("", against: stored) == .init(ok: false, needsUpgrade: false))
    }

    @Test("when too many wait, the next is refused at once instead of queued")
    func overload() async throws {
        let slow = PasswordHasher(
            parameters: ScryptParameters(logN: 12, blockSize: 8, parallelism: 1), threads: 1, maxWaiting: 2)
        let refused = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<30 {
                group.addTask {
                    do {
                        try await slow.dummyVerify()
                        return false
                    } catch {
                        return (error as? PasswordHasherError) == .overloaded
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(refused > 0)
        #expect(refused < 30)
        try await slow.dummyVerify()
    }
}
