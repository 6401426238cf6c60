import Customers
import Eyes
import Foundation
import Tenancy
import Web

/// What the demo organization shows at this moment, for the front door: read like any member would, never written down.
struct DemoFigures: Sendable {
    let organization: Organization
    let sources: [SourceState]
    let run: EyesSummary.Published

    /// Nil where there is no demo organization, or no analysis of it with probabilities yet.
    static func read(_ dependencies: Dependencies) async throws -> DemoFigures? {
        let memberships = dependencies.memberships
        guard let demo = try await memberships.demoOrganization(),
            let scope = try await memberships.jobScope(organizationID: demo.id, startedBy: nil),
            case .published(let run) = try await dependencies.features.eyes.summary(scope).state,
            run.highRiskCustomers != nil
        else { return nil }
        let state = try await CustomerFigures(scope, dependencies.database).dataState()
        return DemoFigures(organization: demo, sources: state.sources, run: run)
    }
}

/// The demo organization's figures as the front door shows them.
struct DemoCard: MustacheParent {
    let count: String
    let countWords: String
    let money: String?
    let moneyWords: String
    let proof: SafeHTML

    init?(_ figures: DemoFigures, _ words: Localizer) {
        guard let count = figures.run.highRiskCustomers else { return nil }
        self.count = words.number(count)
        countWords = words.t("site.demoRisk", count: count, ["days": words.number(figures.run.horizon.days)])
        money = figures.run.valueAtRiskMinor.map {
            words.money($0, figures.organization.currency, decimals: false)
        }
        moneyWords = words.t("site.demoMoney")
        let zone = ZoneRules.named(figures.organization.timeZone) ?? .utc
        let local = Localizer(words.locale, catalogue: words.catalogue, zone: zone)
        let source = figures.sources.map { $0.name(words) }.joined(separator: ", ")
        let day = local.date(figures.run.asOf.addingTimeInterval(-1))
        let proof = AsOf(
            words.t("site.demoAsOf", ["source": source, "date": day]),
            exact: words.t("site.demoFinished", ["time": local.dateTime(figures.run.finishedAt)]))
        self.proof = proof.html
    }

    private init() {
        (count, countWords, money, moneyWords) = ("12", "customers", "€ 400", "at stake")
        proof = .text("as of today")
    }

    static let sample = DemoCard()

    func child(named name: String) -> Any? {
        switch name {
        case "count": count
        case "countWords": countWords
        case "money": money
        case "moneyWords": moneyWords
        case "proof": proof
        default: nil
        }
    }
}
