import Accounts
import Foundation
import Tenancy
import Web

/// What a merge would do, and the button that does it.
struct MergePreviewPage: Page {
    static let template = "customers/merge"

    let title: String
    let subtitle: String
    let crumbs: SafeHTML
    let figures: SafeHTML
    let moves: String
    let warning: SafeHTML?
    let action: String
    let survivor: String
    let merged: String
    let swapHref: String
    let cancelHref: String

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "subtitle": subtitle
        case "crumbs": crumbs
        case "figures": figures
        case "moves": moves
        case "warning": warning
        case "action": action
        case "survivor": survivor
        case "merged": merged
        case "swapHref": swapHref
        case "cancelHref": cancelHref
        default: nil
        }
    }

    static let sample = MergePreviewPage(
        title: "Count 00002 as 00001", subtitle: "Nothing has changed yet.", crumbs: .text("Customers"),
        figures: .text("figures"), moves: "3 orders move", warning: .text("consent"),
        action: "/o/shop/customers/merges", survivor: "cus_1", merged: "cus_2",
        swapHref: "/o/shop/customers/merges/preview?survivor=cus_2&merged=cus_1",
        cancelHref: "/o/shop/customers/merges")
}

extension MergePreviewPage {
    init(_ preview: MergePreview, context: TenantPageContext) {
        let words = context.localizer
        let base = context.path("/customers")
        let names = ["merged": preview.merged.name, "survivor": preview.survivor.name]
        title = words.t("customers.merge.title", names)
        subtitle = words.t("customers.merge.subtitle")
        crumbs =
            Crumbs(
                [Link(words.t("customers.title"), base), Link(words.t("customers.merges.title"), base + "/merges")],
                current: words.t("customers.merges.preview")
            ).html
        figures = Self.figures(preview, context.scope.organization.currency, words)
        moves = Self.moves(preview.moves, words)
        warning =
            preview.lostPurposes.isEmpty
            ? nil
            : Alert(
                .warn, title: words.t("customers.merge.consent_title"),
                text: words.t(
                    "customers.merge.consent_text",
                    [
                        "purposes": preview.lostPurposes.map { words.t("customers.purpose.\($0.rawValue)") }
                            .joined(separator: ", ")
                    ])
            ).html
        action = base + "/merges"
        survivor = preview.survivor.id
        merged = preview.merged.id
        swapHref = base + "/merges/preview?survivor=\(preview.merged.id)&merged=\(preview.survivor.id)"
        cancelHref = base + "/merges"
    }

    private static func figures(_ preview: MergePreview, _ currency: String, _ words: Localizer) -> SafeHTML {
        func cells(_ name: String, _ sums: CustomerSums, _ consent: ConsentStanding, _ identities: Int) -> [TableCell] {
            [
                .text(name), .number(words.number(identities)), .number(words.number(sums.orders)),
                .money(words.money(sums.spentMinor, currency)),
                sums.firstOrderAt.map { .time(words.date($0), iso: CivilTime($0).isoDay) } ?? .none,
                sums.lastOrderAt.map { .time(words.date($0), iso: CivilTime($0).isoDay) } ?? .none,
                .pill(Pill.consent(consent.mark, words)),
            ]
        }
        let (left, right) = (preview.survivor, preview.merged)
        return DataTable(
            id: "merge", caption: words.t("customers.merge.figures"),
            columns: [
                .init(words.t("customers.table.customer")), .init(words.t("customers.identities.count"), .end),
                .init(words.t("customers.table.orders"), .end), .init(words.t("customers.table.spent"), .end),
                .init(words.t("customers.table.first_order")), .init(words.t("customers.table.last_order")),
                .init(words.t("customers.table.consent")),
            ],
            rows: [
                cells(left.name, left.sums, left.consent, left.identities),
                cells(right.name, right.sums, right.consent, right.identities),
            ],
            totals: cells(
                words.t("customers.merge.after"), preview.after, preview.consentAfter,
                left.identities + right.identities), showsCaption: false, stacks: true
        ).html(words)
    }

    private static func moves(_ moves: MovedRows, _ words: Localizer) -> String {
        let counts = [
            ("orders", moves.orders), ("consents", moves.consents), ("events", moves.events),
            ("payments", moves.payments), ("subscriptions", moves.subscriptions), ("deals", moves.deals),
        ]
        let parts = counts.filter { $0.1 > 0 }.map { words.t("customers.merge.moves.\($0.0)", count: $0.1) }
        return parts.isEmpty ? words.t("customers.merge.moves.none") : parts.joined(separator: ", ")
    }
}
