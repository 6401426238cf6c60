import HTTPTypes
import Hummingbird

extension Problem {
    /// Where the problem types are described; `type` is this plus the code.
    public static let documentation = "/docs/problems#"

    /// The `application/problem+json` answer.
    /// - Parameters:
    ///   - instance: path of the request
    ///   - requestID: id under which the log knows the request
    public func response(instance: String, requestID: String) -> Response {
        var writer = JSONWriter(capacity: 512)
        writer.object { json in
            json.field("type", Problem.documentation + code)
            json.field("title", title)
            json.field("status", status.code)
            if let detail { json.field("detail", detail) }
            json.field("instance", instance)
            json.field("code", code)
            json.field("request_id", requestID)
            if !errors.isEmpty {
                json.array("errors", errors) { json, error in
                    json.object { json in
                        json.field("field", error.field)
                        json.field("code", error.code)
                        json.field("message", error.message)
                    }
                }
            }
        }
        var fields = headers
        fields[.contentType] = "application/problem+json"
        fields[.cacheControl] = "no-store"
        return Response(status: status, headers: fields, body: .init(byteBuffer: writer.buffer))
    }
}

/// Problems thrown outside the error middleware still become a proper answer.
extension Problem: HTTPResponseError {
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        let requestID = (context as? any WebContext)?.requestID ?? ""
        return response(instance: request.uri.path, requestID: requestID)
    }
}
