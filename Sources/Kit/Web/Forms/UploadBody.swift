import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// The body of an upload as it arrives: refused with 413 as soon as it passes the limit, and with 400
/// `upload_cut_off` if it ends before the announced length. Read it once.
public struct UploadBody: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    private let body: RequestBody
    private let expected: Int?
    private let limit: Int

    /// - Throws: 413 if the announced length is above the limit already, 400 if it is no number
    public init(_ request: Request, limit: Int) throws {
        body = request.body
        self.limit = limit
        if let header = request.headers[.contentLength] {
            guard let length = Int(header), length >= 0 else { throw Problem.badRequest("content_length") }
            guard length <= limit else { throw Problem.tooLarge(limit: limit) }
            expected = length
        } else {
            expected = nil
        }
    }

    /// The announced length in bytes, if any.
    public var expectedBytes: Int? { expected }

    public func makeAsyncIterator() -> Iterator {
        Iterator(base: body.makeAsyncIterator(), expected: expected, limit: limit)
    }

    public struct Iterator: AsyncIteratorProtocol {
        private var base: RequestBody.AsyncIterator
        private let expected: Int?
        private let limit: Int
        private var received = 0

        init(base: RequestBody.AsyncIterator, expected: Int?, limit: Int) {
            self.base = base
            self.expected = expected
            self.limit = limit
        }

        public mutating func next() async throws -> ByteBuffer? {
            let chunk: ByteBuffer?
            do { chunk = try await base.next() } catch is HTTPParserError { throw UploadBody.cutOff }
            guard let chunk else {
                if let expected, received < expected { throw UploadBody.cutOff }
                return nil
            }
            received += chunk.readableBytes
            guard received <= limit else { throw Problem.tooLarge(limit: limit) }
            return chunk
        }
    }

    static var cutOff: Problem {
        Problem.badRequest("upload_cut_off", "The upload ended before it was complete. Send it again.")
    }
}
