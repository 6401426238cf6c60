import Connectors
import Foundation
import Records
import Testing
import Web

@testable import Reconciliation

@Suite("Pages of the reconciliation")
struct PageTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private func words(_ locale: AppLocale) throws -> ReconciliationWords {
        ReconciliationWords(
            l: Localizer(locale, catalogue: try Catalogue.load(directory: Self.root + "/Locales")),
            now: PlantedDay.readAt)
    }

    /// A day with an order that was edited and a figure that nothing explains.
    private func day() -> ReconciliationDay {
        var planted = PlantedDay()
        planted.source[planted.at(0)].amountMinor += 2500
        var facts = planted.facts()
        facts.figures[.refunds] = 900
        let connection = Connection(
            id: "con_1", platform: "shopify", label: "Northwind", status: "connected", createdBy: nil,
            at: PlantedDay.from)
        return ReconciliationDay(facts, id: "rcn_1", connection: connection, now: PlantedDay.readAt)
    }

    @Test("templates place only what the pages have, in words that both languages have")
    func lint() throws {
        let renderer = PageRenderer(
            library: try TemplateLibrary(directory: Self.root + "/Templates", reloads: false),
            catalogue: try Catalogue.load(directory: Self.root + "/Locales"))
        let issues = TemplateLint.check(renderer, pages: [ReconciliationPage.self, ReconciliationDayPage.self])
        #expect(issues.filter { $0.template.hasPrefix("reconciliation") }.isEmpty, "\(issues)")
    }

    @Test("every figure, cause and state has words", arguments: [AppLocale.en, .es])
    func catalogue(_ locale: AppLocale) throws {
        let l = try words(locale).l
        var keys = SummaryMetric.allCases.map { "metric.\($0.rawValue)" }
        keys += GapCause.allCases.map { "cause.\($0.rawValue)" }
        keys += ["equal", "explained", "off", "silent", "waiting"].map { "state.\($0)" }
        for key in keys { #expect(l.has("reconciliation." + key), "\(key)") }
    }

    @Test("a day shows both figures, links each cause to its rows, and lists those of the chosen one")
    func dayPage() throws {
        let day = day()
        let page = ReconciliationDayPage(
            day, label: "Northwind", name: "Shopify",
            choice: .init(metric: .revenue, cause: .orderEdit), base: "/o/shop/reconciliation", try words(.en))
        #expect(page.title == "Northwind agrees on 10 Nov 2026")
        #expect(page.figures.html.contains("metric=revenue&amp;cause=order_edit#rows"))
        #expect(page.rows.html.contains(day.rows.first?.externalID ?? "none") && page.rows.html.contains("Order edit"))
        #expect(page.csv == "/o/shop/reconciliation/con_1/2026-11-10/rows.csv?metric=revenue&cause=order_edit")
        #expect(try words(.en).story(day).contains("Unexplained"))
    }

    @Test("lines of three sources stand side by side, newest day first")
    func sideBySide() {
        let table = SideBySide([
            ("shopify", "2026-11-09", "USD", .revenue, 1000), ("stripe", "2026-11-09", "USD", .revenue, 990),
            ("triplewhale", "2026-11-09", "USD", .spend, 70), ("meta_ads", "2026-11-09", "USD", .spend, 30),
            ("google_ads", "2026-11-09", "USD", .spend, 40), ("shopify", "2026-11-10", "USD", .revenue, 5),
            ("klaviyo", "2026-11-10", "USD", .revenue, 9),
        ])
        #expect(table.rows.map(\.day) == ["2026-11-10", "2026-11-09"])
        #expect(table.rows[1].revenue == [.shop: 1000, .payments: 990])
        #expect(table.rows[1].spend == [.measured: 70, .ads: 70])
        #expect(table.isWorthShowing)
    }
}
