import BSON
import Foundation
import Tenancy
import Web

/// A customer: who (masked), where they stand, what they ordered, what is predicted.
struct CustomerPage: Page {
    static let template = "customers/show"

    let title: String
    let subtitle: String
    let crumbs: SafeHTML
    let profile: SafeHTML
    let revealAction: String?
    let isRevealed: Bool
    let scores: SafeHTML?
    let scoresTitle: String?
    let scoresSummary: String?
    let standing: SafeHTML
    let standingText: String
    let ledger: SafeHTML
    let consentAction: String?
    let identities: SafeHTML
    let merges: SafeHTML?
    let timeline: SafeHTML
    let timelineNote: String?
    let olderHref: String?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "subtitle": subtitle
        case "crumbs": crumbs
        case "profile": profile
        case "revealAction": revealAction
        case "isRevealed": isRevealed
        case "scores": scores
        case "scoresTitle": scoresTitle
        case "scoresSummary": scoresSummary
        case "standing": standing
        case "standingText": standingText
        case "ledger": ledger
        case "consentAction": consentAction
        case "identities": identities
        case "merges": merges
        case "timeline": timeline
        case "timelineNote": timelineNote
        case "olderHref": olderHref
        default: nil
        }
    }

    static let sample = CustomerPage(
        title: "00001", subtitle: "3 orders", crumbs: .text("Customers"), profile: .text("profile"),
        revealAction: "/o/shop/customers/cus_1/reveal", isRevealed: false, scores: .text("scores"),
        scoresTitle: "Risk", scoresSummary: "Low", standing: .text("valid"), standingText: "until 2027",
        ledger: .text("ledger"), consentAction: "/o/shop/customers/cus_1/consent",
        identities: .text("identities"), merges: .text("merges"), timeline: .text("timeline"),
        timelineNote: "Newest first", olderHref: "/o/shop/customers/cus_1?cursor=x")
}

extension CustomerPage {
    init(
        profile: CustomerProfile, details: PersonDetails?, timeline entries: [TimelineEntry], ledger: [ConsentRecord],
        origins: ConsentOrigins, scores: CustomerScoreSection?, identities: [CustomerIdentity], history: [MergeEvent],
        names: [String: String], isFirst: Bool, scope: TenantScope, base: String, now: Date, words: Localizer
    ) {
        let row = profile.row
        let address = base + "/" + row.id
        title = details?.fullName ?? details?.email ?? row.name
        subtitle = Self.summary(row, scope, words)
        crumbs = Crumbs([Link(words.t("customers.title"), base)], current: row.name).html
        self.profile = Self.terms(profile, details, scope, words)
        let mayReveal = scope.can(.customerPII) && profile.hasDetails && details == nil
        revealAction = mayReveal ? address + "/reveal" : nil
        isRevealed = details != nil
        self.scores = scores?.html
        scoresTitle = scores?.title
        scoresSummary = scores?.summary
        let standing = row.consent.standing(at: now)
        self.standing = Pill.consent(standing.mark, words).html
        standingText = Self.standingText(standing, until: row.consent.until, words)
        self.ledger = LedgerTable(words: words, origins: origins).html(ledger)
        consentAction = scope.can(.consentEdit) && standing == .granted ? address + "/consent" : nil
        self.identities = IdentityTable(words: words).html(identities)
        let tables = MergeTables(names: names, base: base, mayEdit: scope.can(.customerEdit), words: words)
        merges = history.isEmpty ? nil : tables.events(history, showsBoth: true)
        timeline = Self.timeline(entries, origins, words)
        timelineNote = entries.isEmpty ? words.t("customers.timeline.none") : nil
        let orders = entries.compactMap { entry -> OrderView? in
            if case .order(let order) = entry { order } else { nil }
        }
        olderHref =
            orders.count < CustomerPages.rowsPerPage
            ? nil
            : orders.last.map {
                address + "?cursor=" + TimePosition.cursor(at: $0.placedAt, id: $0.id, list: "timeline")
            }
    }

    private static func summary(_ row: CustomerRow, _ scope: TenantScope, _ words: Localizer) -> String {
        guard let last = row.lastOrderAt else { return words.t("customers.summary_none") }
        return words.t(
            "customers.summary", count: row.orders,
            [
                "spent": words.money(row.spentMinor, scope.organization.currency), "last": words.date(last),
            ])
    }

    private static func terms(
        _ profile: CustomerProfile, _ details: PersonDetails?, _ scope: TenantScope, _ words: Localizer
    ) -> SafeHTML {
        let row = profile.row
        let currency = scope.organization.currency
        var items: [Terms.Item] = [.init(words.t("customers.profile.id"), VendorID.plain(row.externalID))]
        if let email = details?.email ?? row.emailHint {
            items.append(.init(words.t("customers.profile.email"), email))
        }
        if let name = details?.fullName { items.append(.init(words.t("customers.profile.name"), name)) }
        if let country = row.country { items.append(.init(words.t("customers.profile.country"), country)) }
        items.append(.init(words.t("customers.table.orders"), words.number(row.orders)))
        items.append(.init(words.t("customers.table.spent"), words.money(row.spentMinor, currency)))
        if row.refundedMinor > 0 {
            items.append(.init(words.t("customers.profile.refunded"), words.money(row.refundedMinor, currency)))
        }
        if row.orders > 0 {
            items.append(
                .init(words.t("customers.profile.average"), words.money(row.spentMinor / Int64(row.orders), currency)))
        }
        if let first = row.firstOrderAt {
            items.append(.init(words.t("customers.table.first_order"), words.date(first)))
        }
        if let last = row.lastOrderAt { items.append(.init(words.t("customers.table.last_order"), words.date(last))) }
        if !profile.tags.isEmpty {
            items.append(.init(words.t("customers.profile.tags"), profile.tags.joined(separator: ", ")))
        }
        return Terms(items, across: true).html
    }

    private static func standingText(_ standing: ConsentStanding, until: Date?, _ words: Localizer) -> String {
        if standing == .granted, let until {
            return words.t("customers.consent.until", ["date": words.date(until)])
        }
        return words.t("customers.consent.\(standing.rawValue)")
    }

    private static func timeline(
        _ entries: [TimelineEntry], _ origins: ConsentOrigins, _ words: Localizer
    ) -> SafeHTML {
        Timeline(
            entries.map { entry in
                let iso = CivilTime(entry.at).isoDay
                switch entry {
                case .order(let order):
                    let what = words.t(
                        "customers.timeline.order", count: order.quantity,
                        ["amount": words.money(order.totalMinor, order.currency)])
                    return TimelineItem(words.date(entry.at), iso: iso, what, sub: sub(order, words))
                case .consent(let record):
                    let purpose = words.t("customers.purpose.\(record.purpose.rawValue)")
                    let what = words.t("customers.timeline.\(record.state.rawValue)", ["purpose": purpose])
                    return TimelineItem(words.date(entry.at), iso: iso, what, sub: origins.text(record, words))
                }
            }
        ).html
    }

    private static func sub(_ order: OrderView, _ words: Localizer) -> String? {
        var parts: [String] = []
        if let number = order.number {
            let plain = number.hasPrefix("#") ? String(number.dropFirst()) : number
            parts.append(words.t("customers.timeline.number", ["number": plain]))
        }
        if order.status != .paid { parts.append(words.t("customers.status.\(order.status.rawValue)")) }
        if order.refundedMinor > 0 {
            parts.append(
                words.t("customers.timeline.refund", ["amount": words.money(order.refundedMinor, order.currency)]))
        }
        if order.test { parts.append(words.t("customers.timeline.test")) }
        if order.isRetold { parts.append(words.t("customers.timeline.retold")) }
        return parts.isEmpty ? nil : parts.joined(separator: " · ")
    }
}
