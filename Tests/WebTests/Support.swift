import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import Web

/// A server's worth of routes around the real middleware.
struct Site {
    var options = WebStackOptions()
    let registry = RouteRegistry()

    func app(
        pages: [PageRoute<BasicWebContext>] = [], api: [APIRoute<BasicWebContext>] = []
    ) -> Application<RouterResponder<BasicWebContext>> {
        let router = WebStack.router(options, registry: registry)
        let allow: @Sendable (RouteAccess, Request, BasicWebContext) async throws -> Void = { access, _, _ in
            if access != .open { throw Problem.forbidden("Ask an owner.") }
        }
        RouteTable("pages", pages).mount(on: router, registry: registry, guard: allow)
        APITable("things", api).mount(on: router, registry: registry, guard: allow)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return WebServer.application(router, WebServerConfiguration(port: 0), logger: logger)
    }
}

func page(
    _ path: String, method: HTTPRequest.Method = .get, access: RouteAccess = .open, body: BodyLimit = .standard,
    _ handler: @escaping PageRoute<BasicWebContext>.Handler
) -> PageRoute<BasicWebContext> {
    PageRoute(method, path, access, name: "pages.test", body: body, handler: handler)
}

func text(_ text: String, type: String = "text/html; charset=utf-8") -> Response {
    Response(status: .ok, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: text)))
}

extension TestResponse {
    var text: String { String(buffer: body) }
    var bytes: [UInt8] { Array(body.readableBytesView) }
    var json: JSONValue { (try? JSONParser.parse(bytes)) ?? .null }
}

/// Runs requests through the router alone.
func test(
    _ app: some ApplicationProtocol, _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
) async throws {
    try await app.test(.router) { client in try await body(client) }
}
