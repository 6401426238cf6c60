import Connectors
import Customers
import Foundation
import Jobs
import Records
import Testing
import Vault
import Web

@testable import Platforms

@Suite("Pages of connections")
struct ConnectionPageTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private func words(_ locale: AppLocale) throws -> Localizer {
        Localizer(locale, catalogue: try Catalogue.load(directory: Self.root + "/Locales"))
    }

    @Test("templates place only what the pages have, in words that both languages have")
    func lint() throws {
        let renderer = PageRenderer(
            library: try TemplateLibrary(directory: Self.root + "/Templates", reloads: false),
            catalogue: try Catalogue.load(directory: Self.root + "/Locales"))
        let issues = TemplateLint.check(
            renderer,
            pages: [
                ConnectionsPage.self, ConnectPage.self, LeavePage.self, ConnectionPage.self, DisconnectPage.self,
                DataHealthPage.self, ChooseAccountsPage.self,
            ])
        #expect(issues.filter { $0.template.hasPrefix("connections") }.isEmpty, "\(issues)")
    }

    @Test("every state, step, refusal, purpose, stream and field has words", arguments: [AppLocale.en, .es])
    func catalogue(_ locale: AppLocale) throws {
        let words = try words(locale)
        var keys = ConnectionState.allCases.map { "title.\($0.rawValue)" }
        keys += VendorFault.Remedy.allCases.flatMap { ["cause.\($0.rawValue)", "refusal.do_\($0.rawValue)"] }
        keys += ConnectionStatus.NextStep.allCases.filter { $0 != .none }.map { "step.\($0.rawValue)" }
        for code in ["auth", "schema", "rate_limited", "vendor_down", "timeout", "unfinished", "late", "revoked"] {
            keys.append("cause.\(code)")
        }
        for channel in ConsentForm.channels { keys.append("consent.channel.\(channel)") }
        for purpose in ConsentForm.purposes { keys.append("consent.purpose.\(purpose)") }
        for connector in Connectors.all {
            keys += connector.streams.map { "stream.\($0.name)" }
            keys += connector.methods.flatMap(\.fields).map { "field.\($0.name)" }
        }
        for key in keys { #expect(words.has("connections." + key), "\(key)") }
    }

    @Test("a state that needs a person names the cause, quotes the vendor and says the step")
    func sentences() throws {
        let now = Date(timeIntervalSince1970: 1_795_000_000)
        let words = ConnectionWords(words: try words(.en), now: now)
        let status = ConnectionStatus(
            .actionRequired, cause: "add_scope", detail: "Missing scope crm.objects.orders.read",
            since: now.addingTimeInterval(-7200), nextStep: .addScope)
        #expect(words.title(status, name: "Shop") == "Shop needs you")
        #expect(try #require(words.cause(status, name: "HubSpot")).contains("a right is missing"))
        #expect(
            words.quote(status, name: "HubSpot") == "HubSpot says: “Missing scope crm.objects.orders.read”.")
        #expect(try #require(words.since(status)).contains("2 hours ago"))
        #expect(words.step(status, name: "HubSpot") == "Give the missing right at HubSpot, then sign in again.")
        let waiting = ConnectionStatus(
            .rateLimited, cause: "rate_limited", until: now.addingTimeInterval(600), nextStep: .wait)
        #expect(try #require(words.until(waiting)).contains("in 10 minutes"))
    }

    @Test("a vendor that is left alone still says why it failed", arguments: [AppLocale.en, .es])
    func leftAlone(_ locale: AppLocale) throws {
        let now = Date(timeIntervalSince1970: 1_795_000_000)
        let words = ConnectionWords(words: try words(locale), now: now)
        let until = now.addingTimeInterval(120)
        let status = ConnectionStatus(.error, cause: "tls", until: until, leftAloneUntil: until, nextStep: .syncNow)
        let sentences = ConnectionSentences.of(status, name: "Square", words: words.words, now: now)
        let cause = try #require(words.cause(status, name: "Square").flatMap { sentences.range(of: $0) })
        let addition = try #require(words.leftAlone(status, name: "Square").flatMap { sentences.range(of: $0) })
        #expect(cause.upperBound < addition.lowerBound)
        #expect(sentences[addition].contains(words.words.time(until)))
        #expect(words.leftAlone(ConnectionStatus(.error, cause: "tls"), name: "Square") == nil)
    }

    @Test("a consent policy takes only known channels and purposes")
    func consentForm() {
        let form = ConsentForm(
            Form(["email.email_marketing": "yes", "email.nonsense": "yes", "fax.email_marketing": "yes", "days": "90"]))
        #expect(form.policy.purposes == ["email": ["email_marketing"]])
        #expect(form.policy.days == 90)
    }
}
