import Connectors

/// The body of `POST /connections/{id}/actions`: the command's own fields, and why.
struct ProposeBody: Decodable, Sendable {
    var action: ActionCommand
    var reason: String?
}

/// The body of `POST /connections/{id}/actions/preview`.
struct PreviewBody: Decodable, Sendable {
    var action: ActionCommand
}

/// The body of `POST /actions/{id}/approve`: exactly the plan that was looked at.
struct ApproveBody: Decodable, Sendable {
    var planHash: String
    var comment: String?

    enum CodingKeys: String, CodingKey {
        case planHash = "plan_hash"
        case comment
    }
}

/// The body of `POST /actions/{id}/reject`.
struct RejectBody: Decodable, Sendable {
    var comment: String?
}

/// The body of `POST /actions/{id}/execute`.
struct ExecuteBody: Decodable, Sendable {
    var planHash: String?

    enum CodingKeys: String, CodingKey {
        case planHash = "plan_hash"
    }
}
