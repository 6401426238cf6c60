import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A browser's or a program's side of real HTTP over a socket: sends, keeps cookies, follows nothing by itself.
public final class HTTP: Sendable {
    public struct Answer: Sendable {
        public let status: Int
        public let headers: [(name: String, value: String)]
        public let bytes: [UInt8]

        public var text: String { String(decoding: bytes, as: UTF8.self) }

        public func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        /// The body as JSON, nil where it is none.
        public var json: [String: Any]? {
            (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
        }

        /// `name=value` of every cookie this answer sets.
        public var cookies: [String] {
            headers.filter { $0.name.lowercased() == "set-cookie" }
                .compactMap { $0.value.split(separator: ";").first.map(String.init) }
        }
    }

    private let client: HTTPClient
    public let base: String
    /// What a browser says its page's origin is.
    private let origin: String

    public init(base: String, origin: String? = nil) {
        let configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.base = base
        self.origin = origin ?? base
    }

    public func shutdown() async throws {
        try await client.shutdown()
    }

    public func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8]? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await client.execute(request, timeout: .seconds(60))
        let buffer = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers.map { (name: $0.name, value: $0.value) },
            bytes: Array(buffer.readableBytesView))
    }

    /// A JSON request with an optional bearer token.
    public func api(
        _ method: String, _ path: String, _ body: [String: Any]? = nil, token: String? = nil
    ) async throws -> Answer {
        var headers: [String: String] = [:]
        if let token { headers["Authorization"] = "Bearer " + token }
        let bytes = try body.map { try Array(JSONSerialization.data(withJSONObject: $0)) }
        if bytes != nil { headers["Content-Type"] = "application/json" }
        return try await send(method, path, headers: headers, body: bytes)
    }

    /// A form as a browser on our own pages sends it.
    public func form(_ path: String, _ fields: [String: String], cookie: String? = nil) async throws -> Answer {
        var headers = [
            "Content-Type": "application/x-www-form-urlencoded", "Origin": origin, "Sec-Fetch-Site": "same-origin",
            "Accept": "text/html",
        ]
        if let cookie { headers["Cookie"] = cookie }
        let text = fields.sorted { $0.key < $1.key }.map { "\(encoded($0.key))=\(encoded($0.value))" }
        return try await send("POST", path, headers: headers, body: Array(text.joined(separator: "&").utf8))
    }

    public func page(_ path: String, cookie: String? = nil) async throws -> Answer {
        var headers = ["Accept": "text/html"]
        if let cookie { headers["Cookie"] = cookie }
        return try await send("GET", path, headers: headers)
    }

    /// A stream that has begun: its head is here, its body goes on.
    public struct OpenStream: Sendable {
        public let status: Int
        private let body: HTTPClientResponse.Body

        init(_ response: HTTPClientResponse) {
            status = Int(response.status.code)
            body = response.body
        }

        /// Everything it sends until the server ends it.
        public func untilEnd() async throws -> String {
            String(buffer: try await body.collect(upTo: 64 << 20))
        }
    }

    /// Opens a stream of events as the script of a page does.
    public func stream(_ path: String, cookie: String) async throws -> OpenStream {
        var request = HTTPClientRequest(url: base + path)
        request.headers.add(name: "Accept", value: "text/event-stream")
        request.headers.add(name: "Cookie", value: cookie)
        return OpenStream(try await client.execute(request, timeout: .seconds(60)))
    }

    private func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }
}
