import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Vault
import Waiting
import Web

/// Puts a vendor's server on a loopback port, injects faults, and keeps book of what was asked.
public final class VendorHost: Sendable {
    public struct Entry: Sendable {
        public let method: String
        public let path: String
        public let status: Int
        public let at: Date
    }

    private struct State {
        var port = 0
        var faults: [Fault] = []
        var entries: [Entry] = []
        var violations: [String] = []
        var received: [VendorCall] = []
    }

    public let server: any VendorServer
    public let world: VendorWorld
    private let state = Mutex(State())

    public init(_ server: any VendorServer, _ world: VendorWorld) {
        self.server = server
        self.world = world
    }

    public var platform: String { type(of: server).platform }
    public var base: String { "http://127.0.0.1:\(state.withLock { $0.port })" }
    /// The operator's settings that lead a connector here.
    public var settings: [String: String] {
        server.settings(base: base).merging(["allow_private_hosts": "true"]) { own, _ in own }
    }
    /// What was asked that the sheet does not allow; empty in a good test.
    public var violations: [String] { state.withLock { $0.violations } }
    public var entries: [Entry] { state.withLock { $0.entries } }

    /// The last changes that were asked for, as they came: whatever was no read.
    public var received: [VendorCall] { state.withLock { $0.received } }

    public func calls(_ path: String = "") -> Int {
        state.withLock { $0.entries.count { path.isEmpty || $0.path.contains(path) } }
    }

    public func inject(_ faults: Fault...) { inject(faults) }
    public func inject(_ faults: [Fault]) { state.withLock { $0.faults += faults } }
    public func heal() { state.withLock { $0.faults = [] } }

    /// What a browser gets that opens this address: the vendor's consent page sends it back at once.
    public func visit(_ address: String) throws -> VendorReply {
        let parts = address.split(separator: "?", maxSplits: 1).map(String.init)
        let query = parts.count > 1 ? parts[1] : ""
        return try server.reply(
            to: VendorCall(
                method: "GET", path: URL(string: parts[0])?.path ?? "/", query: VendorCall.pairs(query),
                rawQuery: query, headers: [], body: [], base: base, at: world.clock.now()))
    }

    /// Listens until cancelled or the group shuts down. `ready` is called once the port is known.
    public func run(port: Int = 0, ready: @escaping @Sendable (VendorHost) async -> Void = { _ in }) async throws {
        var logger = Logger(label: "vendor-servers")
        logger.logLevel = .critical
        // No application of Hummingbird's: it dates replies by the real clock, and a vendor's is its own.
        let service = try HTTPServerBuilder.http1().buildServer(
            configuration: ServerConfiguration(address: .hostname("127.0.0.1", port: port)),
            eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup, logger: logger,
            responder: { request, writer, _ in
                let response = await self.respond(to: request)
                try await writer.write(response: response.head, body: response.body)
            },
            onServerRunning: { channel in
                self.state.withLock { $0.port = channel.localAddress?.port ?? port }
                await ready(self)
            })
        try await ServiceGroup(configuration: .init(services: [service], logger: logger)).run()
    }

    /// Runs the server while `body` works with it.
    public func whileRunning<Output: Sendable>(
        _ body: @escaping @Sendable (VendorHost) async throws -> Output
    ) async throws -> Output {
        let (stream, signal) = AsyncStream.makeStream(of: Void.self)
        let serving = Task { try await self.run { _ in signal.finish() } }
        defer { serving.cancel() }
        for await _ in stream {}
        return try await body(self)
    }

    private func respond(to request: Request) async -> Response {
        // Whoever goes away in the middle of a request has not asked for anything.
        guard let collected = try? await request.body.collect(upTo: 16 << 20) else {
            return Response(status: .badRequest)
        }
        let body = Array(collected.readableBytesView)
        let call = VendorCall(
            method: request.method.rawValue, path: request.uri.path,
            query: VendorCall.pairs(request.uri.query ?? ""), rawQuery: request.uri.query ?? "",
            headers: request.headers.map { (name: $0.name.rawName, value: $0.value) }
                + [(name: "Host", value: request.head.authority ?? "")],
            body: body, base: base, at: world.clock.now())
        if let reply = control(call) { return response(reply, nil) }
        let fault = takeFault(for: call)
        if call.method != "GET" { remember(call) }
        let reply = await answer(call, fault)
        state.withLock {
            $0.entries.append(Entry(method: call.method, path: call.path, status: reply.status, at: call.at))
        }
        return response(reply, fault)
    }

    private func remember(_ call: VendorCall) {
        state.withLock { state in
            state.received.append(call)
            if state.received.count > 200 { state.received.removeFirst(100) }
        }
    }

    private func takeFault(for call: VendorCall) -> Fault.Kind? {
        state.withLock { state in
            for index in state.faults.indices {
                guard state.faults[index].path.isEmpty || call.path.contains(state.faults[index].path) else { continue }
                if state.faults[index].after > 0 {
                    state.faults[index].after -= 1
                    continue
                }
                let kind = state.faults[index].kind
                state.faults[index].times -= 1
                if state.faults[index].times <= 0 { state.faults.remove(at: index) }
                return kind
            }
            return nil
        }
    }

    private func answer(_ call: VendorCall, _ fault: Fault.Kind?) async -> VendorReply {
        switch fault {
        case .tooMany(let seconds)?: return server.tooMany(retryAfter: seconds)
        case .error(let status)?: return server.failure(status)
        case .reply(let reply)?: return reply
        case .slow(let duration)?:
            try? await Task.sleep(for: duration)
            return plain(call)
        case .expire?:
            server.expireTokens()
            return plain(call)
        case .revoke?:
            server.revoke()
            return plain(call)
        case .rewrite(let body)?: return body(plain(call))
        case .hook(let happen)?:
            await happen()
            return plain(call)
        case .cut?, .stall?, nil: return plain(call)
        }
    }

    private func plain(_ call: VendorCall) -> VendorReply {
        do {
            return try server.reply(to: call)
        } catch {
            state.withLock { $0.violations.append("\(error)") }
            return VendorReply(418, body: Array("sheet violation: \(error)".utf8))
        }
    }

    private struct LineBroken: Error {}

    private func response(_ reply: VendorReply, _ fault: Fault.Kind?) -> Response {
        var headers: HTTPFields = [.date: MailTime.text(world.clock.now(), zone: "GMT")]
        for header in reply.headers {
            if let name = HTTPField.Name(header.name) { headers.append(HTTPField(name: name, value: header.value)) }
        }
        return Response(
            status: HTTPResponse.Status(code: reply.status), headers: headers, body: Self.body(reply.body, fault))
    }

    private static func body(_ bytes: [UInt8], _ fault: Fault.Kind?) -> ResponseBody {
        let half = bytes.count / 2
        switch fault {
        case .cut?:
            return ResponseBody(contentLength: bytes.count) { writer in
                try await writer.write(ByteBuffer(bytes: bytes[..<half]))
                throw LineBroken()
            }
        case .stall(let gate)?:
            return ResponseBody(contentLength: bytes.count) { writer in
                try await writer.write(ByteBuffer(bytes: bytes[..<half]))
                try await gate.pass()
                try await writer.write(ByteBuffer(bytes: bytes[half...]))
                try await writer.finish(nil)
            }
        default: return ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        }
    }
}
