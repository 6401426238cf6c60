import HTTPTypes
import Hummingbird

/// A route that answers programs, with everything its documentation needs.
public struct APIRoute<Context: WebContext>: Sendable {
    /// What answers the request.
    public typealias Handler = @Sendable (Request, Context) async throws -> Response

    public let method: HTTPRequest.Method
    /// Pattern below the table's prefix; parameters as `{id}`.
    public let path: String
    public let access: RouteAccess
    public let operation: APIOperation
    public let bodyLimit: BodyLimit
    public let handler: Handler

    public init(
        _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ operation: APIOperation,
        body: BodyLimit = .standard, handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.operation = operation
        self.bodyLimit = body
        self.handler = handler
    }
}

/// What the OpenAPI document says about a route.
public struct APIOperation: Sendable {
    /// Unique, stable name for generated clients, for instance `listSegments`.
    public let id: String
    /// One line.
    public let summary: String
    /// Longer text, if one line is not enough.
    public let details: String?
    /// Query and header parameters; path parameters are added from the path if not listed.
    public let parameters: [APIParameter]
    /// The JSON body, if there is one.
    public let body: APIBody?
    public let responses: [APIResponse]

    public init(
        id: String, summary: String, details: String? = nil, parameters: [APIParameter] = [], body: APIBody? = nil,
        responses: [APIResponse]
    ) {
        self.id = id
        self.summary = summary
        self.details = details
        self.parameters = parameters
        self.body = body
        self.responses = responses
    }

    /// The same operation under a second path; ids must differ.
    public var alias: APIOperation {
        APIOperation(
            id: id + "Alias", summary: summary, details: details, parameters: parameters, body: body,
            responses: responses)
    }

    /// Names of the query parameters the route understands.
    public var queryNames: Set<String> {
        Set(parameters.filter { $0.location == .query }.map(\.name))
    }
}

/// One parameter of an API route.
public struct APIParameter: Sendable {
    public enum Location: String, Sendable { case path, query, header }

    public let name: String
    public let location: Location
    public let schema: Schema
    public let summary: String
    public let isRequired: Bool
    public let example: JSONValue?

    public init(
        _ name: String, in location: Location = .query, _ schema: Schema = .string, _ summary: String,
        required: Bool = false, example: JSONValue? = nil
    ) {
        self.name = name
        self.location = location
        self.schema = schema
        self.summary = summary
        self.isRequired = required || location == .path
        self.example = example
    }

    /// `limit` and `cursor` of every big list.
    public static var paging: [APIParameter] {
        [
            APIParameter("limit", .integer(minimum: 1, maximum: 100), "Rows per page, 20 unless said.", example: 20),
            APIParameter("cursor", .string, "The next_cursor of the page before."),
        ]
    }
}

/// The JSON body a route takes.
public struct APIBody: Sendable {
    public let schema: Schema
    public let example: JSONValue?
    /// Other media type than JSON, for instance `text/csv`.
    public let contentType: String

    public init(_ schema: Schema, example: JSONValue? = nil, contentType: String = "application/json") {
        self.schema = schema
        self.example = example
        self.contentType = contentType
    }
}

/// One answer a route may give. Problems (400, 401, 403, 404, 422, 429, 500, 503) are added by the document itself.
public struct APIResponse: Sendable {
    public let status: Int
    public let summary: String
    public let schema: Schema?
    public let example: JSONValue?
    public let contentType: String

    public init(
        _ status: Int, _ summary: String, _ schema: Schema? = nil, example: JSONValue? = nil,
        contentType: String = "application/json"
    ) {
        self.status = status
        self.summary = summary
        self.schema = schema
        self.example = example
        self.contentType = contentType
    }

    /// 200 with a body.
    public static func ok(_ summary: String, _ schema: Schema, example: JSONValue? = nil) -> APIResponse {
        APIResponse(200, summary, schema, example: example)
    }

    /// 200 with the list envelope around rows.
    public static func list(_ summary: String, of row: Schema, example: JSONValue? = nil) -> APIResponse {
        APIResponse(200, summary, .list(of: row), example: example)
    }
}
