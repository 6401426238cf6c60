import Tenancy
import Vault
import Web

/// The one table from this feature's errors to answers. App hands ``map`` to the error middleware; pages catch what
/// they can show beside a field before it gets there.
public enum AccountProblems {
    public static func map(_ catalogue: Catalogue) -> ErrorMapper {
        { error in
            switch error {
            case let error as AccountError: problem(for: error, Localizer(.en, catalogue: catalogue))
            case let error as TenancyError: problem(for: error)
            case is PasswordHasherError: .unavailable(retryAfter: 2)
            default: nil
            }
        }
    }

    static func problem(for error: AccountError, _ words: Localizer) -> Problem {
        let text = words.t("accounts.errors.\(error.code)")
        return switch error {
        case .invalid(let issues): .validation(issues.map { $0.problem(words) })
        case .emailTaken: conflict("email-taken", field: "email", text)
        case .slugTaken: conflict("slug-taken", field: "slug", text)
        case .invalidCredentials: Problem(.unauthorized, code: "invalid-credentials", detail: text)
        case .unauthenticated: .unauthorized(text, code: "invalid_token")
        case .refreshReplayed: .unauthorized(text, code: "refresh-replayed")
        case .notFound: .notFound()
        case .invitationInvalid: .gone(text)
        case .forbidden, .roleAboveOwn, .invitationForAnother, .demoFixed: .forbidden(text, code: error.code)
        case .lastOwner, .alreadyMember: .conflict(error.code, text)
        }
    }

    static func problem(for error: TenancyError) -> Problem? {
        switch error {
        case .notFound: .notFound()
        case .forbidden(let permission):
            .forbidden("This needs the permission \(permission.rawValue).", code: "missing_permission")
        case .suspended: .forbidden("The organization is suspended and can only be read.", code: "suspended")
        case .invalidSlug: .validation([FieldProblem(field: "slug", code: "invalid", message: "Is not a valid slug.")])
        case .slugTaken: conflict("slug-taken", field: "slug", "Another organization has this slug.")
        case .lastOwner: .conflict("last-owner", "An organization keeps at least one owner.")
        case .alreadyMember: .conflict("already-member", "Already a member.")
        case .refused: nil
        }
    }

    private static func conflict(_ code: String, field: String, _ text: String) -> Problem {
        Problem(
            .conflict, code: code, detail: text, errors: [FieldProblem(field: field, code: code, message: text)])
    }
}

extension AccountError {
    /// Stable, machine-readable; also the key under `accounts.errors`.
    var code: String {
        switch self {
        case .invalid: "invalid"
        case .emailTaken: "email-taken"
        case .slugTaken: "slug-taken"
        case .invalidCredentials: "invalid-credentials"
        case .unauthenticated: "unauthenticated"
        case .refreshReplayed: "refresh-replayed"
        case .notFound: "not-found"
        case .forbidden: "forbidden"
        case .lastOwner: "last-owner"
        case .roleAboveOwn: "role-above-own"
        case .invitationInvalid: "invitation-invalid"
        case .invitationForAnother: "invitation-for-another"
        case .alreadyMember: "already-member"
        case .demoFixed: "demo-fixed"
        }
    }

    /// The errors a page can show beside its fields, or nil when the whole page is the wrong place.
    var fieldErrors: FieldErrors? {
        switch self {
        case .invalid(let issues): FieldErrors(issues.map(\.error))
        case .emailTaken, .alreadyMember: FieldErrors([FieldIssue("email", code).error])
        case .slugTaken: FieldErrors([FieldIssue("slug", code).error])
        case .roleAboveOwn, .lastOwner: FieldErrors([FieldIssue("role", code).error])
        default: nil
        }
    }
}

extension FieldIssue {
    var error: FieldError { FieldError(field, code: code, key: "accounts.errors.\(code)") }

    func problem(_ words: Localizer) -> FieldProblem {
        FieldProblem(field: field, code: code, message: words.t("accounts.errors.\(code)"))
    }
}
