import Synchronization
import Testing

@testable import Connectors

@Suite("Where an address that a customer enters may lead")
struct HostTests {
    @Test(
        "addresses for special use are not public",
        arguments: [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "169.254.169.254", "172.16.0.1",
            "172.31.255.255", "192.168.1.1", "198.18.0.1", "198.19.255.255", "224.0.0.1", "255.255.255.255", "::",
            "::1",
            "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
            "2001:db8::1", "2001::1", "not an address",
        ])
    func special(text: String) {
        #expect(NetworkAddress(text)?.isPublic != true)
    }

    @Test(
        "others are",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1",
            "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00::1", "::ffff:8.8.8.8",
        ])
    func common(text: String) {
        #expect(NetworkAddress(text)?.isPublic == true)
    }

    @Test("one private address among public ones is enough to refuse, and the answer is kept")
    func mixed() async throws {
        let asked = Mutex(0)
        let resolution = HostResolution { host in
            asked.withLock { $0 += 1 }
            return host == "rebound.example" ? ["1.1.1.1", "10.0.0.7"] : ["1.1.1.1"]
        }
        for _ in 0..<2 {
            await #expect(throws: VendorFault.self) {
                try await resolution.requirePublic("https://Rebound.example:8443/wp-json")
            }
        }
        try await resolution.requirePublic("https://shop.example/wp-json")
        #expect(asked.withLock { $0 } == 2)
    }

    @Test("an unknown name passes, for the call to say so; a name of this machine does not")
    func system() async throws {
        try await HostResolution { _ in [] }.requirePublic("https://nowhere.example")
        await #expect(throws: VendorFault.self) {
            try await HostResolution.shared.requirePublic("http://localhost:1/x")
        }
        #expect(HostResolution.host("https://[::1]:8443/x") == "::1")
    }
}
