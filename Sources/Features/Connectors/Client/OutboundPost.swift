import Foundation
import Vault

/// Posts to an address that a customer entered: over https only, never into private networks, without following
/// redirects, for ten seconds at most.
public struct OutboundPost: Sendable {
    public enum Reply: Sendable, Equatable {
        case status(Int)
        /// A word for what went wrong on the line.
        case unreachable(String)
        case privateAddress
    }

    static let timeout: TimeInterval = 10

    private let transport: VendorTransport
    /// An operator who tries things out may open private networks.
    private let allowsPrivate: Bool

    public init(clock: WallClock = .system, allowsPrivate: Bool = false) {
        transport = VendorTransport(clock: clock)
        self.allowsPrivate = allowsPrivate
    }

    /// Whether the host leads nowhere private, as far as its name is known now.
    public func allows(_ url: String) async -> Bool {
        if allowsPrivate { return true }
        if let address = NetworkAddress(HostResolution.host(url)), !address.isPublic { return false }
        return (try? await HostResolution.shared.requirePublic(url)) != nil
    }

    public func send(_ url: String, headers: [(name: String, value: String)], body: String) async -> Reply {
        guard await allows(url) else { return .privateAddress }
        let message = HTTPMessage(
            method: "POST", url: url, headers: Pairs(headers.map { ($0.name, $0.value) }), body: Array(body.utf8))
        do {
            return .status(try await transport.send(message, timeout: Self.timeout).status)
        } catch VendorFault.retry(let word) {
            return .unreachable(word)
        } catch {
            return .unreachable("line")
        }
    }
}
