import Web

/// What is wrong with a reply that says it is good, where no connector knows better.
enum HiddenFault {
    /// JSON that ends too early is a cut line, a page comes from something in between, and a body that holds nothing
    /// but an error is one: none of them is an empty answer.
    static func find(in response: VendorResponse, of request: VendorRequest) -> VendorFault? {
        guard response.isSuccess, !response.body.isEmpty else { return nil }
        let type = response.headers["Content-Type"]?.lowercased() ?? ""
        if response.json == .null, response.body != Array("null".utf8) {
            if type.contains("json") { return .retry("cut") }
            return type.contains("html") ? .retry("page") : nil
        }
        guard response.status == 200, request.endpoint != "write" else { return nil }
        return onlyError(response.json).map { .retry($0) }
    }

    /// Members that vendors' error bodies consist of.
    private static let errorMembers: Set<String> = [
        "error", "errors", "error_description", "message", "messages", "title", "detail", "details", "type", "status",
        "code", "name", "category", "correlationId", "debug_id", "links", "parameters", "trace", "data", "success",
        "request_id", "requestId", "serviceErrorCode", "statusCode", "extensions", "traceId",
    ]

    /// What a body says that holds an error and nothing else.
    private static func onlyError(_ json: JSONValue) -> String? {
        guard case .object(let members) = json, members.allSatisfy({ errorMembers.contains($0.name) }),
            members.allSatisfy({ $0.name != "data" || $0.value.isHollow || $0.value.at("status") != nil }),
            json.at("success")?.flag != true
        else { return nil }
        let hasError = ["error", "errors"].contains { json.at($0).map { !$0.isHollow } ?? false }
        let status = json.at("status")?.number ?? json.at("statusCode")?.number ?? 0
        let code = json.at("code")
        let saysFailure = status >= 400 || code != nil && code?.whole != 0
        let words = json.firstText(
            "error.message", "errors.0.message", "errors.0.detail", "errors.0.title", "error_description", "message",
            "title", "error", "errors")
        guard hasError || saysFailure || json.at("message") != nil && code?.whole != 0 else { return nil }
        return words ?? "an error without words"
    }
}

extension JSONValue {
    /// Nothing, or nothing in it.
    fileprivate var isHollow: Bool {
        switch self {
        case .null, .bool(false), .string(""): true
        case .array(let items): items.isEmpty
        case .object(let members): members.isEmpty
        case .bool, .int, .double, .string: false
        }
    }
}
