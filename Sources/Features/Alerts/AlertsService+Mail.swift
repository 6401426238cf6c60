import Accounts
import BSON
import Foundation
import Mail
import Tenancy
import Vault
import Web

extension AlertsService {
    /// Puts one mail to everybody who may do something about it into the outbox. Breaking off is harmless: the next
    /// try writes only to those who have none.
    func tell(_ scope: TenantScope, _ alert: inout AlertRecord, _ draft: AlertDraft) async throws {
        guard let permission = draft.mailed.flatMap({ Permission(rawValue: $0) }) else { return }
        for person in try await accounts.recipients(scope, with: permission) {
            guard let address = MailAddress(person.email, name: person.name) else { continue }
            let locale = AppLocale(rawValue: person.locale) ?? .en
            let mail = AlertMail(alert, scope.organization, words(locale, scope.zone), publicURL: publicURL)
            let isNew = try await outbox.put(
                partition: scope.organizationID, key: "\(alert.id)/\(person.userID)", to: address,
                subject: mail.subject, text: mail.text, language: locale.rawValue)
            if isNew { alert.mails += 1 }
        }
        alert.toldAt = clock.now()
        _ = try await rows(scope).update(
            .id(alert.id), [.set("mails", .int(alert.mails)), .set("told_at", .date(clock.now()))])
        try await outbox.wake()
    }
}

/// An alert as a mail: what, why, what to do, where.
struct AlertMail: Sendable {
    let subject: String
    let text: String

    init(_ alert: AlertRecord, _ organization: Organization, _ l: Localizer, publicURL: String) {
        let words = AlertWords(alert, l)
        subject = l.t("alerts.mail.subject", ["title": words.title, "organization": organization.name])
        let home = publicURL + "/o/" + organization.slug
        var parts = [words.title + ".", words.text, words.step].compactMap(\.self)
        parts.append(l.t("alerts.mail.since", ["time": l.dateTime(alert.openedAt)]))
        if let path = alert.path { parts.append(l.t("alerts.mail.open", ["url": home + path])) }
        parts.append(l.t("alerts.mail.list", ["url": home + "/alerts"]))
        parts.append(l.t("alerts.mail.why", ["organization": organization.name]))
        text = parts.joined(separator: "\n\n")
    }
}

/// An alert in the reader's words.
struct AlertWords: Sendable {
    let title: String
    let text: String?
    let step: String?

    init(_ alert: AlertRecord, _ l: Localizer) {
        let arguments = alert.arguments.merging(["name": alert.subject.label]) { $1 }
        func words(_ key: String?) -> String? {
            key.flatMap { l.has($0) ? l.t($0, arguments) : nil }
        }
        title = words(alert.title) ?? alert.subject.label
        text = words(alert.text)
        step = words(alert.step)
    }
}

extension TenantScope {
    /// The organization's zone, for times that people read.
    var zone: ZoneRules { ZoneRules.named(organization.timeZone) ?? .utc }
}
