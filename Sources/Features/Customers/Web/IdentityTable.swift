import Foundation
import Web

/// Where a person is known, and by what; masked.
struct IdentityTable {
    let words: Localizer

    func html(_ identities: [CustomerIdentity]) -> SafeHTML {
        let rows = identities.map { identity -> [TableCell] in
            let source = identity.label.map { SourceName.text($0, words) } ?? identity.connectionID
            let email = identity.emailHint ?? identity.emailToken.map { IdentityKey(.email, $0).masked }
            return [
                .two(source, sub: identity.isSurvivor ? words.t("customers.identities.survivor") : ""),
                .text(
                    identity.externalID.hasPrefix("tok_")
                        ? IdentityKey(.email, identity.externalID).masked : VendorID.plain(identity.externalID)),
                email.map { .text($0) } ?? .none,
                identity.phoneToken.map { .text(IdentityKey(.phone, $0).masked) } ?? .none,
                .time(words.date(identity.since), iso: CivilTime(identity.since).isoDay),
            ]
        }
        return DataTable(
            id: "identities", caption: words.t("customers.identities.heading"),
            columns: [
                .init(words.t("customers.identities.source")), .init(words.t("customers.profile.id")),
                .init(words.t("customers.profile.email")), .init(words.t("customers.identities.phone")),
                .init(words.t("customers.identities.since")),
            ], rows: rows, compact: true, showsCaption: false, stacks: true
        ).html(words)
    }
}
