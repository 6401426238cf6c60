import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Vault

/// A request as it goes over the wire.
struct HTTPMessage: Sendable {
    var method: String
    var url: String
    var headers: Pairs
    var body: [UInt8]?
}

/// The one HTTP client for vendors: no redirects, a deadline for everything, bounded bodies.
public struct VendorTransport: Sendable {
    /// The largest reply that is read.
    static let maximumBody = 64 << 20

    let clock: WallClock
    let clocks: VendorClocks

    public init(clock: WallClock = .system) {
        self.clock = clock
        clocks = VendorClocks(clock: clock)
    }

    /// One client for the life of the process, so that connections are reused; it ends with the process. A connection
    /// that cannot be made is told at once: trying again is the manager's business.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Sends; whatever happens on the line is a ``VendorFault/retry(_:)``.
    func send(_ message: HTTPMessage, timeout: TimeInterval) async throws -> VendorResponse {
        var request = HTTPClientRequest(url: message.url)
        request.method = HTTPMethod(rawValue: message.method)
        for item in message.headers.items { request.headers.replaceOrAdd(name: item.name, value: item.value) }
        if let body = message.body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let ready = request
        do {
            return try await Self.within(timeout) { try await exchange(ready, timeout) }
        } catch let error as CancellationError {
            throw error
        } catch let fault as VendorFault {
            throw fault
        } catch {
            throw VendorFault.retry(Self.word(for: error))
        }
    }

    private func exchange(_ request: HTTPClientRequest, _ timeout: TimeInterval) async throws -> VendorResponse {
        let response = try await Self.client.execute(
            request, deadline: .now() + .milliseconds(Int64(timeout * 1000)))
        let buffer = try await response.body.collect(upTo: Self.maximumBody)
        let reply = VendorResponse(
            status: Int(response.status.code), headers: Pairs(response.headers.map { ($0.name, $0.value) }),
            body: Array(buffer.readableBytesView), receivedAt: clock.now())
        clocks.note(reply, from: request.url)
        return reply
    }

    /// The client's own deadline ends with the head of a reply; a body that stands still must not hold a worker either.
    private static func within(
        _ timeout: TimeInterval, _ work: @escaping @Sendable () async throws -> VendorResponse
    ) async throws -> VendorResponse {
        try await withThrowingTaskGroup(of: VendorResponse?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: .seconds(timeout))
                return nil
            }
            defer { group.cancelAll() }
            guard let reply = try await group.next() ?? nil else { throw VendorFault.retry("timeout") }
            return reply
        }
    }

    /// What went wrong on the line, in a word that says nothing about what was sent.
    private static func word(for error: any Error) -> String {
        if let error = error as? HTTPClientError {
            switch error {
            case .deadlineExceeded, .readTimeout, .connectTimeout, .writeTimeout: return "timeout"
            case .remoteConnectionClosed: return "cut"
            default: return "line"
            }
        }
        let text = String(describing: type(of: error))
        if text.contains("SSL") || text.contains("TLS") { return "tls" }
        if text.contains("NIOConnectionError") {
            // Without an address no connection was tried.
            let tried = Mirror(reflecting: error).children.first { $0.label == "connectionErrors" }?.value
            return tried.map { Mirror(reflecting: $0).children.isEmpty } == true ? "dns" : "refused"
        }
        return text.contains("Parser") || text.contains("HTTP") ? "cut" : "line"
    }
}
