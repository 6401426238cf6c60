import Connectors
import Foundation
import Testing
import Web

@testable import Platforms

@Suite("Pages of approvals")
struct ApprovalPageTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    @Test("templates place only what the pages have, in words that both languages have")
    func lint() throws {
        let renderer = PageRenderer(
            library: try TemplateLibrary(directory: Self.root + "/Templates", reloads: false),
            catalogue: try Catalogue.load(directory: Self.root + "/Locales"))
        let issues = TemplateLint.check(
            renderer, pages: [ApprovalsPage.self, ApprovalPage.self, ActionPage.self])
        let own = issues.filter { $0.template.hasPrefix("approvals") || $0.template == "connections/preview" }
        #expect(own.isEmpty, "\(own)")
    }

    @Test("every kind, state, weight, refusal, field and option has words", arguments: [AppLocale.en, .es])
    func catalogue(_ locale: AppLocale) throws {
        let words = Localizer(locale, catalogue: try Catalogue.load(directory: Self.root + "/Locales"))
        var keys = ActionKind.allCases.map { "kind.\($0.rawValue)" }
        keys += Approval.State.allCases.flatMap { ["state.\($0.rawValue)", "next.\($0.rawValue)"] }
        keys += Criticality.allCases.map { "criticality.\($0.rawValue)" }
        keys += ActionRefusal.allCases.map { "refused.\($0.rawValue)" }
        keys += ActionForm.names.map { "field.\($0)" }
        for key in keys { #expect(words.has("approvals." + key), "\(key)") }
        for kind in ActionKind.allCases {
            let form = ActionForm { $0 == "type" ? kind.rawValue : nil }
            #expect(!form.fields(kind, "EUR", words, problem: nil).html.contains("approvals."), "\(kind)")
        }
    }

    @Test("a form offers what the platform has, and asks nothing where there is no choice")
    func options() throws {
        let words = Localizer(.en, catalogue: try Catalogue.load(directory: Self.root + "/Locales"))
        func html(_ platform: String, _ kind: ActionKind) throws -> String {
            let connector = try #require(Connectors.all.first { $0.platform == platform })
            #expect(connector.actions.contains(kind))
            let form = ActionForm { $0 == "type" ? kind.rawValue : nil }
            return form.fields(kind, "EUR", words, problem: nil) { connector.options(of: kind, for: $0) }.html
        }
        let ads = try html("meta_ads", .setStatus)
        #expect(ads.contains("value=\"ad_group\"") && !ads.contains("value=\"subscription\""))
        let payments = try html("stripe", .setStatus)
        #expect(payments.contains("value=\"subscription\"") && !payments.contains("value=\"campaign\""))
        #expect(try !html("hubspot", .setConsent).contains("value=\"sms\""))
        #expect(try html("shopify", .setConsent).contains("value=\"sms\""))
        #expect(try !html("paypal", .cancelSubscription).contains("at_period_end"))
        let ending = try html("square", .cancelSubscription)
        #expect(ending.contains("type=\"hidden\"") && !ending.contains("checkbox"))
    }

    @Test("a filled form gives the command it shows")
    func form() throws {
        let values = [
            "type": "set_budget", "id": " 23000 ", "amount": "40.50", "customers": "ignored",
        ]
        let command = try #require(try ActionForm { values[$0] }.command(currency: "EUR"))
        #expect(command.type == .setBudget && command.id == "23000")
        #expect(command.amountMinor == 4050 && command.currency == "EUR")
        let people = ["type": "upsert_contact", "customers": "cus_1, cus_2\ncus_3", "properties": "a=1\nb = two=2"]
        let contact = try #require(try ActionForm { people[$0] }.command(currency: nil))
        #expect(contact.customers == ["cus_1", "cus_2", "cus_3"])
        #expect(contact.properties == ["a": "1", "b": "two=2"])
    }
}
