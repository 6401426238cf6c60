import Tenancy
import Web

/// Asks once more before somebody loses access.
struct RemoveMemberPage: Page {
    static let template = "accounts/remove"
    static let sample = RemoveMemberPage(
        title: "Remove Luis from Acme?", button: "Remove Luis", cancel: "Keep Luis",
        action: "/o/acme/settings/team/usr_1/remove",
        back: "/o/acme/settings/team", errors: .text("An organization keeps at least one owner."))

    let title: String
    let button: String
    let cancel: String
    let action: String
    let back: String
    let errors: SafeHTML?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "button": button
        case "cancel": cancel
        case "action": action
        case "back": back
        case "errors": errors
        default: nil
        }
    }
}

extension RemoveMemberPage {
    init(_ member: TeamMember, errors: FieldErrors = FieldErrors(), _ context: TenantPageContext) {
        let words = context.localizer
        let name = ["name": member.user.name, "organization": context.scope.organization.name]
        self.init(
            title: words.t("accounts.team.removeTitle", name), button: words.t("accounts.team.removeOf", name),
            cancel: words.t("accounts.team.cancel", name),
            action: context.path("/settings/team/\(member.user.id)/remove"), back: context.path("/settings/team"),
            errors: errors.isEmpty
                ? nil : ErrorSummary(errors.summary(words).map { .init(field: nil, message: $0.message) }).html(words))
    }
}
