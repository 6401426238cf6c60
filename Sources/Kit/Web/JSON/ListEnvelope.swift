import HTTPTypes
import Hummingbird
import NIOCore

/// Where a page of a list stands.
public struct PageInfo: Sendable, JSONWritable {
    public let limit: Int
    public let nextCursor: String?
    /// Rows in all, if they were counted.
    public let total: Int?
    /// False when counting stopped at a cap; then the total means "at least".
    public let totalIsExact: Bool

    public init(limit: Int, nextCursor: String?, total: Int? = nil, totalIsExact: Bool = true) {
        self.limit = limit
        self.nextCursor = nextCursor
        self.total = total
        self.totalIsExact = totalIsExact
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("limit", limit)
            json.field("next_cursor", nextCursor)
            if let total {
                json.field("total", total)
                json.field("total_is_exact", totalIsExact)
            }
        }
    }
}

/// `{"data": […], "page": {…}}`, the shape of every list.
public struct ListEnvelope<Item: JSONWritable>: JSONWritable {
    public let data: [Item]
    public let page: PageInfo

    public init(_ data: [Item], page: PageInfo) {
        self.data = data
        self.page = page
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("data", data)
            json.field("page", page)
        }
    }
}

extension Response {
    /// A JSON answer, private and uncached unless the headers say otherwise.
    public static func json(
        _ value: some JSONWritable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:],
        capacity: Int = 4096
    ) -> Response {
        json(buffer: value.jsonBuffer(capacity: capacity), status: status, headers: headers)
    }

    /// A JSON answer written in place: `Response.json { json in json.object { … } }`.
    public static func json(
        status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], _ body: (inout JSONWriter) throws -> Void
    ) rethrows -> Response {
        var writer = JSONWriter(capacity: 4096)
        try body(&writer)
        return json(buffer: writer.buffer, status: status, headers: headers)
    }

    /// A JSON answer that is written already.
    public static func json(
        buffer: ByteBuffer, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var fields = headers
        fields[.contentType] = "application/json"
        if fields[.cacheControl] == nil { fields[.cacheControl] = "private, no-store" }
        return Response(status: status, headers: fields, body: .init(byteBuffer: buffer))
    }

    /// 204.
    public static var noContent: Response { Response(status: .noContent) }
}
