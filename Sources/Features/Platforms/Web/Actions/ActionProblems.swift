import Connectors
import Web

extension Platforms {
    /// What refusals of actions look like to programs and browsers; App puts it into its list.
    public static let actionProblems: ErrorMapper = { error in (error as? ActionError)?.problem }
}

extension ActionError {
    /// English, for programs; pages say the same in the reader's language.
    var problem: Problem {
        switch self {
        case .notFound: .notFound()
        case .unsupported:
            Problem(
                .unprocessableContent, code: "unsupported_action",
                detail: "The platform of this connection has no such action, or not for this.")
        case .invalid(let field):
            .validation([.init(field: field, code: "invalid", message: "Is missing or cannot be used.")])
        case .refused(let refusal): .conflict(refusal.rawValue, refusal.sentence)
        }
    }
}
