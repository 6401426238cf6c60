import Foundation
import Tenancy
import Web

/// The people of an organization and the open invitations.
struct TeamPage: Page {
    static let template = "accounts/team"
    static let sample = TeamPage(
        title: "2 people work in Acme", people: .text("Table"), invitations: .text("Table"), form: .sample,
        inviteAction: "/o/acme/settings/team/invitations", note: "Fixed.", newLink: "https://example.test/invite/x",
        newLinkTitle: "The link for luis@acme.test")

    let title: String
    let people: SafeHTML
    let invitations: SafeHTML?
    let form: FormParts?
    let inviteAction: String
    let note: String?
    let newLink: String?
    let newLinkTitle: String?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "people": people
        case "invitations": invitations
        case "errors": form?.errors
        case "fields": form?.fields
        case "inviteAction": form == nil ? nil : inviteAction
        case "note": note
        case "newLink": newLink
        case "newLinkTitle": newLinkTitle
        default: nil
        }
    }
}

/// What the invitation form holds when the page comes back with errors.
struct InviteForm: Sendable {
    var email = ""
    var role = "member"
    var errors = FieldErrors()
}

extension TeamPage {
    /// - Parameter new: the invitation that has just been made; its link is shown this once
    init(
        _ members: [TeamMember], _ open: [Invitation], form: InviteForm = InviteForm(),
        new: (email: String, link: String)? = nil,
        _ context: TenantPageContext, now: Date
    ) {
        let words = context.localizer
        let isFixed = context.scope.organization.kind == .demo
        let table = TeamTable(context: context, words: words, now: now, isFixed: isFixed)
        self.init(
            title: words.t(
                "accounts.team.title", count: members.count, ["organization": context.scope.organization.name]),
            people: table.people(members), invitations: context.can(.userInvite) ? table.invitations(open) : nil,
            form: context.can(.userInvite) && !isFixed ? Self.inviteForm(form, context, words) : nil,
            inviteAction: context.path("/settings/team/invitations"),
            note: isFixed ? words.t("accounts.team.demo") : nil, newLink: new?.link,
            newLinkTitle: new.map { words.t("accounts.invite.linkTitle", ["email": $0.email]) })
    }

    private static func inviteForm(_ form: InviteForm, _ context: TenantPageContext, _ words: Localizer) -> FormParts {
        let options = RoleRules.grantable(by: context.scope.role).map {
            Field.Option($0.rawValue, words.role($0.rawValue), help: words.t("accounts.roleHelp.\($0.rawValue)"))
        }
        let fields = [
            Field.text(
                "email", label: words.field("email"), value: form.email, type: .email,
                error: form.errors.message("email", words), autocomplete: "off"),
            Field.radios(
                "role", label: words.field("role"), options: options, selected: form.role,
                error: form.errors.message("role", words)),
        ]
        return FormParts(fields, errors: form.errors, words)
    }
}

/// The tables of the team page: plain forms in the cells, so that everything works without scripts.
struct TeamTable {
    let context: TenantPageContext
    let words: Localizer
    let now: Date
    let isFixed: Bool

    func people(_ members: [TeamMember]) -> SafeHTML {
        var columns = [
            TableColumn(words.t("accounts.team.name")), TableColumn(words.t("accounts.team.role")),
            TableColumn(words.t("accounts.team.lastLogin")), TableColumn(words.t("accounts.team.joined")),
        ]
        let mayRemove = context.can(.userDelete) && !isFixed
        if mayRemove { columns.append(TableColumn(words.t("accounts.team.actions"), shrinks: true)) }
        return DataTable(
            id: "people", caption: words.t("accounts.team.caption"), columns: columns,
            rows: members.map { row($0, mayRemove: mayRemove) }, showsCaption: false
        ).html(words)
    }

    func invitations(_ open: [Invitation]) -> SafeHTML {
        let columns = [
            TableColumn(words.t("accounts.invite.email")), TableColumn(words.t("accounts.team.role")),
            TableColumn(words.t("accounts.invite.by")), TableColumn(words.t("accounts.invite.expires")),
            TableColumn(words.t("accounts.team.actions"), shrinks: true),
        ]
        return DataTable(
            id: "invitations", caption: words.t("accounts.invite.caption"), columns: columns,
            rows: open.map { invitation in
                [
                    .text(invitation.email), .text(words.role(invitation.role.rawValue)),
                    .text(invitation.invitedByName),
                    .text(words.dateTime(invitation.expiresAt)), .html(revoke(invitation)),
                ]
            }, empty: HTMLWriter.build { $0.element("p", class: "soft", text: words.t("accounts.invite.none")) }
        ).html(words)
    }

    private func row(_ member: TeamMember, mayRemove: Bool) -> [TableCell] {
        let user = member.user
        let isSelf = user.id == context.identity.user.id
        let name = isSelf ? "\(user.name) (\(words.t("accounts.team.you")))" : user.name
        let mayEdit =
            context.can(.userEdit) && !isFixed && RoleRules.mayChange(actor: context.scope.role, target: member.role)
        let role: TableCell = mayEdit ? .html(roleForm(member)) : .text(words.role(member.role.rawValue))
        let seen = user.lastLoginAt.map { words.relative($0, now: now) } ?? words.t("accounts.team.never")
        var cells: [TableCell] = [.two(name, sub: user.email), role, .text(seen), .text(words.date(member.joinedAt))]
        if mayRemove { cells.append(.html(removeLink(member))) }
        return cells
    }

    private func roleForm(_ member: TeamMember) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<form class=\"button-row\" method=\"post\"")
            html.attribute("action", context.path("/settings/team/\(member.user.id)/role"))
            html.raw("><label class=\"quiet-label\"")
            html.attribute("for", "role-\(member.user.id)")
            html.raw(">")
            html.text(words.t("accounts.team.roleOf", ["name": member.user.name]))
            html.raw("</label><select class=\"select short\" name=\"role\"")
            html.attribute("id", "role-\(member.user.id)")
            html.raw(">")
            for role in RoleRules.grantable(by: context.scope.role) {
                html.raw("<option")
                html.attribute("value", role.rawValue)
                if role == member.role { html.raw(" selected") }
                html.raw(">")
                html.text(words.role(role.rawValue))
                html.raw("</option>")
            }
            html.raw("</select><button class=\"button small\" type=\"submit\">")
            html.text(words.t("accounts.team.save"))
            html.raw("</button></form>")
        }
    }

    private func removeLink(_ member: TeamMember) -> SafeHTML {
        guard RoleRules.mayChange(actor: context.scope.role, target: member.role) else { return .empty }
        return HTMLWriter.build { html in
            html.raw("<a class=\"button small danger\"")
            html.attribute("href", context.path("/settings/team/\(member.user.id)/remove"))
            html.attribute("aria-label", words.t("accounts.team.removeOf", ["name": member.user.name]))
            html.raw(">")
            html.text(words.t("accounts.team.remove"))
            html.raw("</a>")
        }
    }

    private func revoke(_ invitation: Invitation) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<form method=\"post\"")
            html.attribute("action", context.path("/settings/team/invitations/\(invitation.id)/revoke"))
            html.raw("><button class=\"button small\" type=\"submit\"")
            html.attribute("aria-label", words.t("accounts.invite.revokeOf", ["email": invitation.email]))
            html.raw(">")
            html.text(words.t("accounts.invite.revoke"))
            html.raw("</button></form>")
        }
    }
}
