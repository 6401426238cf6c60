import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Looks where a name that a customer entered really leads, so that a public name cannot point into our own networks.
///
/// Asked before a call leaves; an answer is good for half a minute, so that a name cannot be turned round for long.
struct HostResolution: Sendable {
    typealias Lookup = @Sendable (String) async throws -> [String]

    static let shared = HostResolution(lookup: HostResolution.system)

    private final class Memory: Sendable {
        let verdicts = Mutex<[String: (isPublic: Bool, until: ContinuousClock.Instant)]>([:])
    }

    private let lookup: Lookup
    private let memory = Memory()

    init(lookup: @escaping Lookup) { self.lookup = lookup }

    /// Throws unless every address of the URL's host is public. A name that is not known passes: the call itself will
    /// say so.
    func requirePublic(_ url: String) async throws {
        let host = Self.host(url)
        let now = ContinuousClock.now
        if let known = memory.verdicts.withLock({ $0[host] }), known.until > now {
            if !known.isPublic { throw Self.refusal }
            return
        }
        guard let addresses = try? await lookup(host), !addresses.isEmpty else { return }
        let isPublic = addresses.allSatisfy { NetworkAddress($0)?.isPublic ?? false }
        memory.verdicts.withLock { verdicts in
            if verdicts.count > 10_000 { verdicts.removeAll() }
            verdicts[host] = (isPublic, now + .seconds(30))
        }
        if !isPublic { throw Self.refusal }
    }

    static func host(_ url: String) -> String {
        let origin = RequestBuilder.origin(url)
        guard let start = origin.range(of: "://")?.upperBound else { return "" }
        let host = origin[start...]
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host.dropFirst()[..<end]) }
        return host.split(separator: ":").first.map { $0.lowercased() } ?? ""
    }

    private static var refusal: VendorFault {
        .actionRequired(.configure, message: "This address leads into a private network.")
    }

    /// The system's resolver, which blocks, on a thread of its own kind.
    private static func system(_ host: String) async throws -> [String] {
        try await NIOThreadPool.singleton.runIfActive {
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
            defer { freeaddrinfo(list) }
            return sequence(first: list) { $0?.pointee.ai_next }.prefix { $0 != nil }.compactMap { entry in
                guard let entry, let address = entry.pointee.ai_addr else { return nil }
                var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
                let status = getnameinfo(
                    address, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
                let end = text.firstIndex(of: 0) ?? text.endIndex
                return status == 0 ? String(decoding: text[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
            }
        }
    }
}
