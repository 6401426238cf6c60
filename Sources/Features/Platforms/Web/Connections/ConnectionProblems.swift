import Connectors
import Web

extension Platforms {
    /// What the errors of connections look like to programs and browsers; App puts it into its list.
    public static let connectionProblems: ErrorMapper = { error in (error as? ConnectionError)?.problem }
}

extension ConnectionError {
    /// English, for programs; pages say the same in the reader's language.
    var problem: Problem {
        switch self {
        case .notFound, .unknownPlatform: .notFound()
        case .unknownMethod:
            .validation([.init(field: "method", code: "unknown", message: "There is no such way to sign in.")])
        case .notConfigured:
            .conflict("not_configured", "The operator of this installation has not set this platform up.")
        case .invalidField(let field):
            .validation([.init(field: field, code: "invalid", message: "Is missing or cannot be used.")])
        case .refused(let remedy, let message):
            Problem(
                .unprocessableContent, code: "refused_\(remedy.rawValue)", title: "The platform refused",
                detail: (message.isEmpty ? "" : "It said: “\(message)”. ") + Self.advice(remedy))
        case .unreachable(let reason):
            .unavailable(retryAfter: 60, "The platform does not answer now (\(reason)). Nothing was changed.")
        case .invalidState:
            Problem(
                .unprocessableContent, code: "sign_in_expired",
                detail: "This sign-in was finished already, is older than ten minutes or was begun by another person.")
        case .noAccount:
            Problem(
                .unprocessableContent, code: "no_account", title: "There is no account to connect",
                detail: "This sign-in opens no account at the platform. Have it given access there, or use another.")
        case .labelTaken: .conflict("label_taken", "Another connection to this platform has this label.")
        case .rawGone: .conflict("raw_gone", "The kept page of this record has expired. The next sync brings it again.")
        case .unsupported: .conflict("connection_state", "The connection's state does not allow this now.")
        }
    }

    private static func advice(_ remedy: VendorFault.Remedy) -> String {
        switch remedy {
        case .reconnect: "Check the credentials, or sign in again."
        case .addScope: "Give the credentials the missing right at the platform, then try again."
        case .chooseAccount: "Use credentials of the right account."
        case .fixAtVendor: "Put the account right at the platform, then try again."
        case .configure: "The operator has to set this platform up."
        case .reportToUs: "Report it with the request id."
        }
    }
}
