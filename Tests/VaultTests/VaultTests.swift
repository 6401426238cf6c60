import Foundation
import Testing

@testable import Vault

@Suite("Ids")
struct IDTests {
    @Test("an id is prefix, underscore and 26 Crockford characters")
    func shape() {
        let id = ID.make("org")
        #expect(id.count == 30)
        #expect(ID.isValid(id, prefix: "org"))
        #expect(!ID.isValid(id, prefix: "usr"))
        #expect(!ID.isValid("org_" + String(repeating: "I", count: 26), prefix: "org"))
    }

    @Test("ids of one millisecond never repeat, and count upwards")
    func monotonic() {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        #expect(Set((0..<5000).map { _ in ID.make("cus", at: now) }).count == 5000)
        var sequence = IDSequence()
        var previous = sequence.next(7)
        for _ in 0..<100 {
            let next = sequence.next(7)
            #expect(next.low == previous.low &+ 1)
            previous = next
        }
    }

    @Test("later ids sort after earlier ones; the time is in the first ten characters")
    func sortable() {
        let early = ID.make("x", at: Date(timeIntervalSince1970: 1))
        let late = ID.make("x", at: Date(timeIntervalSince1970: 2_000_000_000))
        #expect(early < late)
        // 1000 ms = 31 * 32 + 8: "Z8" at the end of the ten time characters.
        #expect(early.dropFirst(2).prefix(10) == "00000000Z8")
    }
}

@Suite("Tokens and text codings")
struct TokenTests {
    @Test("a token of 32 bytes has 43 url-safe characters and is different each time")
    func token() {
        let token = RandomToken.make()
        #expect(token.count == 43)
        #expect(token.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        #expect(token != RandomToken.make())
    }

    @Test("the stored hash is SHA-256 (NIST test vector)")
    func hash() {
        #expect(RandomToken.hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("base64url and hexadecimal give back what they were given", arguments: 0..<67)
    func roundTrip(count: Int) {
        let bytes = RandomToken.randomBytes(count)
        #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        #expect(Hex.decode(Hex.encode(bytes)) == bytes)
    }

    @Test("broken text codings are refused")
    func broken() {
        #expect(Hex.decode("abc") == nil)
        #expect(Hex.decode("zz") == nil)
        #expect(Base64URL.decode("a+b/") == nil)
        #expect(Base64URL.decode("a") == nil)
    }

    @Test("constant-time comparison agrees with ordinary comparison")
    func constantTime() {
        #expect(ConstantTime.equal("secret", "secret"))
        #expect(!ConstantTime.equal("secret", "secreT"))
        #expect(!ConstantTime.equal("secret", "secret "))
    }
}

@Suite("Secrets and clocks")
struct SecretTests {
    @Test("a secret does not show itself in any usual way of printing")
    func hidden() {
        let secret = SecretValue("hunter2")
        struct Holder { let secret: SecretValue }
        var dumped = ""
        dump(Holder(secret: secret), to: &dumped)
        let shown = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\(Holder(secret: secret))", dumped,
        ]
        #expect(shown.allSatisfy { !$0.contains("hunter2") })
        #expect(secret.reveal() == "hunter2")
    }

    @Test("a manual clock moves only when told, in whole milliseconds")
    func manual() {
        let time = ManualTime(Date(timeIntervalSince1970: 100))
        let clock = WallClock.manual(time)
        #expect(clock.now() == Date(timeIntervalSince1970: 100))
        let begun = clock.instant()
        time.advance(by: 1.5)
        #expect(clock.now() == Date(timeIntervalSince1970: 101.5))
        #expect(begun.duration(to: clock.instant()) == .milliseconds(1500))
        let now = WallClock.system.now().timeIntervalSince1970 * 1000
        #expect(abs(now - now.rounded()) < 0.01)
    }
}
