import HTTPTypes
import Hummingbird
import NIOCore

/// Gzips buffered text answers above 1 KiB for clients that take it. Streams pass untouched.
public struct Compression<Context: WebContext>: RouterMiddleware {
    /// Smaller answers gain nothing; larger ones would hold the thread too long.
    private static var sizes: ClosedRange<Int> { 1025...4_194_304 }

    public init() {}

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard let length = response.body.contentLength, Self.sizes.contains(length),
            response.headers[.contentEncoding] == nil, let type = response.headers[.contentType], Self.isText(type)
        else { return response }
        response.headers[.vary] = response.headers[.vary].map { $0 + ", Accept-Encoding" } ?? "Accept-Encoding"
        guard request.method != .head, Gzip.isAccepted(request.headers[.acceptEncoding]) else { return response }
        let plain = try await collect(response.body)
        guard let small = plain.withUnsafeReadableBytes({ Gzip.compress($0.bindMemory(to: UInt8.self), level: 3) }),
            small.count < plain.readableBytes
        else {
            response.body = .init(byteBuffer: plain)
            return response
        }
        response.body = .init(byteBuffer: ByteBuffer(bytes: small))
        response.headers[.contentEncoding] = "gzip"
        response.headers[.contentLength] = String(small.count)
        // A strong tag names exactly these bytes; the compressed form gets a weak one.
        if let tag = response.headers[.eTag], !tag.hasPrefix("W/") { response.headers[.eTag] = "W/" + tag }
        return response
    }

    private static func isText(_ type: String) -> Bool {
        type.hasPrefix("text/") && !type.hasPrefix("text/event-stream") || type.hasPrefix("application/json")
            || type.hasPrefix("application/problem+json") || type.hasPrefix("image/svg+xml")
    }

    private func collect(_ body: ResponseBody) async throws -> ByteBuffer {
        let box = BufferBox()
        try await body.write(CollectingWriter(box: box))
        return box.buffer
    }
}

/// Holds what a body writes; used by one task only.
private final class BufferBox {
    var buffer = ByteBuffer()
}

private struct CollectingWriter: ResponseBodyWriter {
    let box: BufferBox

    mutating func write(_ buffer: ByteBuffer) async throws {
        if box.buffer.readableBytes == 0 { box.buffer = buffer } else { box.buffer.writeImmutableBuffer(buffer) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
