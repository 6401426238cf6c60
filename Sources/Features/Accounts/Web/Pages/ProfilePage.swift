import Foundation
import Web

/// A person's own name, language and sign-ins.
struct ProfilePage: Page {
    static let template = "accounts/profile"
    static let sample = ProfilePage(
        title: "Profile", form: .sample, password: .text("Fields"), sessions: .text("Table"), hasOthers: true)

    let title: String
    let form: FormParts
    /// Nil for the demo's person, who has no password.
    let password: SafeHTML?
    let sessions: SafeHTML
    let hasOthers: Bool

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "errors": form.errors
        case "fields": form.fields
        case "password": password
        case "sessions": sessions
        case "hasOthers": hasOthers
        default: nil
        }
    }
}

extension ProfilePage {
    init(
        name: String, locale: String, errors: FieldErrors = FieldErrors(), _ identity: Identity, _ sessions: [Session],
        _ words: Localizer, now: Date
    ) {
        let fields = [
            Field.text(
                "name", label: words.field("name"), value: name, error: errors.message("name", words),
                autocomplete: "name"),
            Choices.locale(locale, label: words.field("locale"), withBrowser: true, errors: errors, words),
        ]
        self.init(
            title: words.t("accounts.profile.title"), form: FormParts(fields, errors: errors, words),
            password: identity.user.isDemo ? nil : Self.passwordFields(errors, words),
            sessions: Self.table(sessions, current: identity.session.id, words, now: now), hasOthers: sessions.count > 1
        )
    }

    private static func passwordFields(_ errors: FieldErrors, _ words: Localizer) -> SafeHTML {
        HTMLWriter.build { html in
            Field.text(
                "current_password", label: words.field("currentPassword"), type: .password,
                error: errors.message("current_password", words), autocomplete: "current-password"
            ).write(to: &html, words)
            Field.text(
                "new_password", label: words.field("newPassword"), type: .password,
                help: words.t("accounts.help.password"), error: errors.message("new_password", words),
                autocomplete: "new-password"
            ).write(to: &html, words)
        }
    }

    private static func table(_ sessions: [Session], current: String, _ words: Localizer, now: Date) -> SafeHTML {
        let columns = [
            TableColumn(words.t("accounts.profile.device")), TableColumn(words.t("accounts.profile.address")),
            TableColumn(words.t("accounts.profile.lastUse")), TableColumn(words.t("accounts.profile.since")),
            TableColumn(words.t("accounts.team.actions"), shrinks: true),
        ]
        return DataTable(
            id: "sessions", caption: words.t("accounts.profile.sessionsCaption"), columns: columns,
            rows: sessions.map { session in
                let device = DeviceLabel.text(session.userAgent)
                let marks = [
                    session.id == current ? words.t("accounts.profile.current") : nil,
                    session.kind == .api ? words.t("accounts.profile.api") : nil,
                ].compactMap { $0 }
                return [
                    marks.isEmpty ? .text(device) : .two(device, sub: marks.joined(separator: " · ")),
                    .text(session.ip),
                    .text(words.relative(session.lastActivity, now: now)), .text(words.dateTime(session.createdAt)),
                    session.id == current ? .none : .html(endForm(session, device, words)),
                ]
            }
        ).html(words)
    }

    private static func endForm(_ session: Session, _ device: String, _ words: Localizer) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<form method=\"post\"")
            html.attribute("action", "/profile/sessions/\(session.id)/end")
            html.raw("><button class=\"button small\" type=\"submit\"")
            html.attribute("aria-label", words.t("accounts.profile.endOf", ["device": device]))
            html.raw(">")
            html.text(words.t("accounts.profile.end"))
            html.raw("</button></form>")
        }
    }
}
