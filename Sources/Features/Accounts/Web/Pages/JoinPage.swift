import Tenancy
import Web

/// What somebody sees who opens an invitation link.
struct JoinPage: Page {
    static let template = "accounts/join"
    static let sample = JoinPage(
        title: "Join Acme", message: "Ana invites luis@acme.test as Member.", note: "Sign in first.", form: .sample,
        action: "/invite/x", submit: "Join Acme", signInHref: "/login?next=/invite/x")
    static let samples = [
        sample,
        JoinPage(
            title: "Join Acme", message: "Ana invites you.", note: nil, form: nil, action: "/invite/x",
            submit: "Join Acme",
            signInHref: nil),
    ]

    let title: String
    let message: String
    let note: String?
    let form: FormParts?
    let action: String?
    let submit: String
    let signInHref: String?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "message": message
        case "note": note
        case "errors": form?.errors
        case "fields": form?.fields
        case "action": action
        case "submit": submit
        case "signInHref": signInHref
        default: nil
        }
    }
}

extension JoinPage {
    init(
        _ view: InvitationView, token: String, name: String = "", errors: FieldErrors = FieldErrors(), _ user: User?,
        _ words: Localizer
    ) {
        let organization = ["organization": view.organizationName]
        let isOther = user.map { $0.email != view.invitation.email } ?? false
        let needsSignIn = user == nil && view.hasAccount
        let isNew = user == nil && !view.hasAccount
        let fields = [
            Field.text(
                "name", label: words.field("name"), value: name, error: errors.message("name", words),
                autocomplete: "name"),
            Field.text(
                "password", label: words.field("password"), type: .password, help: words.t("accounts.help.password"),
                error: errors.message("password", words), autocomplete: "new-password"),
        ]
        let note =
            if let user, isOther { words.t("accounts.join.otherAccount", ["email": user.email]) } else if needsSignIn {
                words.t("accounts.join.hasAccount")
            } else { String?.none }
        self.init(
            title: words.t("accounts.join.title", organization),
            message: words.t(
                "accounts.join.subtitle",
                [
                    "inviter": view.invitation.invitedByName, "email": view.invitation.email,
                    "role": words.role(view.invitation.role.rawValue),
                ]), note: note, form: isNew ? FormParts(fields, errors: errors, words) : nil,
            action: isOther || needsSignIn ? nil : "/invite/" + token,
            submit: words.t("accounts.join.submit", organization),
            signInHref: needsSignIn ? SignInPath.path(returningTo: "/invite/" + token) : nil)
    }

    static func gone(_ words: Localizer) -> JoinPage {
        JoinPage(
            title: words.t("accounts.join.goneTitle"), message: words.t("accounts.join.gone"), note: nil, form: nil,
            action: nil, submit: "", signInHref: nil)
    }
}
