import HTTPTypes
import Hummingbird

/// What went wrong with one field of a request.
public struct FieldProblem: Sendable, Equatable {
    /// Path of the field as the sender wrote it, for instance `items.2.amount`.
    public let field: String
    /// Stable, machine-readable reason, for instance `required`.
    public let code: String
    /// One sentence for a person.
    public let message: String

    public init(field: String, code: String, message: String) {
        self.field = field
        self.code = code
        self.message = message
    }
}

/// An error a client may see: RFC 9457 problem details for programs, an error page for browsers. Throw it anywhere
/// below the error middleware. Nothing in it may come from another tenant or from the inside of the server.
public struct Problem: Error, Sendable, Equatable {
    public var status: HTTPResponse.Status
    /// Stable, machine-readable reason; also the fragment of the documented `type` URL.
    public var code: String
    public var title: String
    public var detail: String?
    public var errors: [FieldProblem]
    public var headers: HTTPFields

    public init(
        _ status: HTTPResponse.Status, code: String, title: String? = nil, detail: String? = nil,
        errors: [FieldProblem] = [], headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.title = title ?? Problem.standardTitle(status)
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// The title used for a status when none is given: its reason phrase in words.
    static func standardTitle(_ status: HTTPResponse.Status) -> String {
        switch status.code {
        case 422: "Some fields are missing or wrong"
        case 429: "Too many requests"
        case 500: "Something went wrong on our side"
        case 503: "Not available right now"
        default: status.reasonPhrase.isEmpty ? "Error \(status.code)" : status.reasonPhrase
        }
    }
}

extension Problem {
    /// 400: the request cannot be understood.
    public static func badRequest(_ code: String = "bad_request", _ detail: String? = nil) -> Problem {
        Problem(.badRequest, code: code, detail: detail)
    }

    /// 401: nobody is signed in, or the token is not valid.
    public static func unauthorized(_ detail: String? = nil, code: String = "unauthorized") -> Problem {
        Problem(.unauthorized, code: code, detail: detail, headers: [.wwwAuthenticate: "Bearer"])
    }

    /// 402: the plan's quota is used up.
    public static func quota(_ detail: String) -> Problem {
        Problem(HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required"), code: "quota", detail: detail)
    }

    /// 403: known, but without this right.
    public static func forbidden(_ detail: String? = nil, code: String = "forbidden") -> Problem {
        Problem(.forbidden, code: code, detail: detail)
    }

    /// 404: also what a foreign id gets, so that existence is not told.
    public static func notFound(_ detail: String? = nil) -> Problem {
        Problem(.notFound, code: "not_found", detail: detail)
    }

    /// 405 with the methods that would work.
    public static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> Problem {
        Problem(
            .methodNotAllowed, code: "method_not_allowed",
            headers: [.allow: allowed.map(\.rawValue).joined(separator: ", ")])
    }

    /// 409: the state does not allow it, or it is there already.
    public static func conflict(_ code: String = "conflict", _ detail: String? = nil) -> Problem {
        Problem(.conflict, code: code, detail: detail)
    }

    /// 410: erased.
    public static func gone(_ detail: String? = nil) -> Problem { Problem(.gone, code: "gone", detail: detail) }

    /// 412: the resource has changed since the caller read it.
    public static func preconditionFailed(_ detail: String? = nil) -> Problem {
        Problem(.preconditionFailed, code: "version", detail: detail)
    }

    /// 413 with the limit in bytes.
    public static func tooLarge(limit: Int) -> Problem {
        Problem(.contentTooLarge, code: "too_large", detail: "The body may have at most \(limit) bytes.")
    }

    /// 415 with what would be understood.
    public static func unsupportedMediaType(expected: String) -> Problem {
        Problem(.unsupportedMediaType, code: "media_type", detail: "Expected \(expected).")
    }

    /// 422 with one entry per wrong field.
    public static func validation(_ errors: [FieldProblem]) -> Problem {
        Problem(.unprocessableContent, code: "validation", errors: errors)
    }

    /// 428: `If-Match` is needed here.
    public static var preconditionRequired: Problem {
        Problem(
            HTTPResponse.Status(code: 428, reasonPhrase: "Precondition Required"), code: "if_match_required",
            detail: "Send If-Match with the ETag you read.")
    }

    /// 429 with the seconds to wait.
    public static func tooManyRequests(retryAfter seconds: Int) -> Problem {
        Problem(.tooManyRequests, code: "rate_limited", headers: [.retryAfter: String(max(1, seconds))])
    }

    /// 500: only the request id is shown; the cause goes to the log.
    public static var internalError: Problem { Problem(.internalServerError, code: "internal") }

    /// 503 with the seconds after which trying again makes sense.
    public static func unavailable(retryAfter seconds: Int = 5, _ detail: String? = nil) -> Problem {
        Problem(
            .serviceUnavailable, code: "unavailable", detail: detail, headers: [.retryAfter: String(max(1, seconds))])
    }
}

/// Turns errors of rooms that `Web` cannot see (the database, tenancy, a feature) into problems. Return nil for
/// errors that are not yours.
public typealias ErrorMapper = @Sendable (any Error) -> Problem?
