import BSON
import Customers
import Foundation
import Jobs
import Tenancy
import Testing
import Vault
import Web

@testable import Eyes

@Suite("Pages", .serialized)
struct PageTests {
    private static var root: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }

    private static func words(_ locale: AppLocale) throws -> Localizer {
        try Localizer(locale, catalogue: Catalogue.load(directory: root + "/Locales"))
    }

    private static func builder(
        _ overview: EyesOverview, tab: EyesTab, horizon: Horizon = .days90, _ locale: AppLocale
    ) throws -> EyesPageBuilder {
        EyesPageBuilder(
            overview: overview, speech: EyesSpeech(try words(locale), currency: "USD"), paths: EyesPaths(slug: "shop"),
            tab: tab, horizon: horizon, mayRun: true)
    }

    /// Keys that a catalogue lacks show up as themselves.
    private func expectWords(_ html: String, _ note: Comment) {
        #expect(!html.contains("eyes."), note)
        #expect(!html.contains("NaN"), note)
        #expect(!html.contains("shell."), note)
    }

    @Test("every state of the page speaks both languages", arguments: [AppLocale.en, .es])
    func states(_ locale: AppLocale) async throws {
        try await EyesHouse.open { house in
            let empty = try await house.service.overview(house.scope)
            for tab in EyesTab.allCases {
                let builder = try Self.builder(empty, tab: tab, locale)
                let main = tab == .segments ? builder.segmentsTab() : builder.churnTab(nil)
                let page = builder.page(main: main)
                expectWords(page.title + page.main.html + page.notices.html, "nothing yet")
                #expect(page.startAction == nil)
                #expect(!page.main.html.contains("<svg class=\"chart"))
            }
            try await house.fill(700)
            _ = try await house.run()
            let overview = try await house.service.overview(house.scope)
            for horizon in Horizon.allCases {
                let published = try #require(overview.published)
                let filter = ChurnFilter(horizon: horizon)
                let page = try await ChurnPage.load(
                    house.service, house.scope, published, filter, fromPlace: 0, limit: 50)
                let rows = ChurnRows(
                    filter: filter, scores: page.rows, badges: page.badges, total: page.total, from: 0,
                    nextCursor: nil, now: EyesHouse.now)
                let churn = try Self.builder(overview, tab: .churn, horizon: horizon, locale)
                let html = churn.page(main: churn.churnTab(rows))
                expectWords(html.title + html.main.html + html.status.html + html.proof.html, "churn \(horizon)")
                #expect(html.status.html.contains("File"), "the source goes by its connection's label, as on home")
            }
            let segments = try Self.builder(overview, tab: .segments, locale)
            let page = segments.page(main: segments.segmentsTab())
            expectWords(page.title + page.main.html + page.navigation.html, "segments")
            #expect(page.startAction == "/o/shop/eyes/run")
        }
    }

    @Test("segment, model, runs, run and customer pages speak both languages", arguments: [AppLocale.en, .es])
    func details(_ locale: AppLocale) async throws {
        try await EyesHouse.open { house in
            try await house.fill(700)
            let run = try await house.run()
            let published = try #require(try await house.service.published(house.scope))
            let speech = EyesSpeech(try Self.words(locale), currency: "USD")
            let paths = EyesPaths(slug: "shop")
            for page in try await house.segmentPages(published, speech) {
                expectWords(page.title + (page.subtitle ?? "") + page.main.html, "segment")
            }
            for page in EyesHouse.modelPages(run, published, speech) {
                expectWords(page.title + page.main.html, "model")
            }
            let pages = RunPages(speech: speech, paths: paths)
            let runs = try await EyesStore(house.scope, house.database).runSummaries(limit: 10)
            let jobs = try await house.queue.list(partition: house.scope.organizationID, kind: EyesJob.kind)
            expectWords(pages.history(runs, jobs: jobs, published: run.id).main.html, "runs")
            let again = try await house.service.repeatRun(house.scope, run.id)
            let repeating = RunRepeating(hasInput: true, repetitions: [again], mayRun: true, mayExport: true)
            expectWords(pages.finished(published, isShown: true, repeating: repeating).main.html, "run")
            let repetition = pages.repetition(again, of: run)
            expectWords(repetition.title + (repetition.subtitle ?? ""), "repetition")
            let job = try #require(jobs.first)
            expectWords(pages.unfinished(job, mayCancel: true).main.html, "job")
            let row = try #require(
                try await EyesStore(house.scope, house.database)
                    .scores(ScoreQuery(horizon: .days90, limit: 1), runID: run.id).first)
            let section = try #require(
                try await house.service.customerSection(
                    house.scope, customerID: row.customerID, try Self.words(locale)))
            expectWords(section.summary + section.html.html, "customer")
            try await EyesReviews(service: house.service).ask(
                house.scope, row.customerID, name: "x", note: "Why?", requestID: nil)
            let person = try #require(
                try await house.service.person(house.scope, row.customerID, PersonHooks()))
            let page = PersonPage(
                person: person, id: row.customerID, speech: speech, paths: paths, now: EyesHouse.now, mayAsk: true,
                mayDecide: true
            ).page
            expectWords(page.title + (page.subtitle ?? "") + page.main.html, "person")
            #expect(page.main.html.contains("id=\"sums\"") && page.main.html.contains("id=\"history\""))
            #expect(try await house.service.person(house.other, row.customerID, PersonHooks()) == nil)
        }
    }

    @Test(
        "pages of webhooks speak both languages, show a secret once and keep what was entered",
        arguments: [AppLocale.en, .es])
    func webhooks(_ locale: AppLocale) throws {
        let words = try Self.words(locale)
        let pages = WebhookPages(words: words, base: "/o/shop/settings/webhooks", mayManage: true)
        let now = EyesHouse.now
        var endpoint = WebhookEndpoint(
            id: "whe_1", url: "https://example.test/in", events: WebhookEvent.offered.map(\.rawValue),
            description: "Warehouse", enabled: true, secret: [], formerSecret: nil, formerUntil: nil,
            failingSince: now, createdAt: now, updatedAt: now)
        let deliveries = WebhookDelivery.State.allCases.map { state in
            WebhookDelivery(
                id: "msg_\(state.rawValue)", endpointID: "whe_1", event: "webhook.test", body: "{}", state: state,
                attempts: 1, lastStatus: nil, lastError: state == .dead ? "timeout" : nil, createdAt: now)
        }
        var form = WebhookForm()
        form.url = "http://insecure.test"
        func expect(_ page: EyesDetailPage) {
            let html = page.title + (page.subtitle ?? "") + page.main.html
            #expect(!html.contains("webhooks.") && !html.contains("shell."), "\(html)")
        }
        expect(pages.list([], []))
        let refused = pages.list([endpoint], deliveries, form: form, problem: .init(field: "url", code: "https"))
        expect(refused)
        #expect(refused.main.html.contains("http://insecure.test"))
        let shown = pages.show(endpoint, deliveries, secret: "whsec_abc")
        expect(shown)
        #expect(shown.main.html.contains("whsec_abc") && !pages.show(endpoint, []).main.html.contains("whsec_abc"))
        endpoint.enabled = false
        expect(pages.show(endpoint, []))
        let plain = WebhookPages(words: words, base: "/o/shop/settings/webhooks", mayManage: false)
        #expect(!plain.show(endpoint, deliveries).main.html.contains("<form"))
        for code in ["https", "private_address", "unknown", "length", "too_many"] {
            #expect(words.has("webhooks.problem.\(code)"))
        }
        for word in ["timeout", "refused", "dns", "tls", "line", "disabled", "private_address"] {
            #expect(words.has("webhooks.error.\(word)"))
        }
    }

    @Test("templates know every name, and both catalogues say the same")
    func lint() throws {
        let renderer = PageRenderer(
            library: try TemplateLibrary(directory: Self.root + "/Templates"),
            catalogue: try Catalogue.load(directory: Self.root + "/Locales"),
            assets: try StaticFiles(directory: Self.root + "/Public"))
        let issues = TemplateLint.check(renderer, pages: Eyes.pages)
        #expect(issues.filter { $0.template.contains("eyes") || $0.message.hasPrefix("eyes.") }.isEmpty, "\(issues)")
    }

    @Test("every feature, reason, gate and name has words", arguments: [AppLocale.en, .es])
    func catalogue(_ locale: AppLocale) throws {
        let words = try Self.words(locale)
        var keys = EyesStage.allCases.map { "stage.\($0.rawValue)" }
        for feature in Feature.allCases {
            keys += ["feature.\(feature.rawValue)", "difference.\(feature.rawValue)"]
            keys += ["higher", "lower"].map { "suffix.\(feature.rawValue).\($0)" }
        }
        keys += ClusterGate.Condition.allCases.map { "condition.\($0.rawValue)" }
        keys += ClusterAlgorithm.allCases.map { "algorithm.\($0.rawValue)" }
        keys += ClusterScaling.allCases.map { "scaling.\($0.rawValue)" }
        keys += ModelCardBuilder.limits.map { "limit.\($0)" }
        for state in ["accepted", "provisional", "rejected", "fallback", "not_enough_data"] {
            keys += ["state.\(state)", "verdict.\(state)", "gate_word.\(state)"]
        }
        for need in ["buyers", "active", "history", "test_rarer", "training_rarer"] {
            keys += ["need.\(need)", "need_of.\(need)"]
        }
        keys += ["active", "slipping", "at_risk"].map { "segment_name.\($0)" }
        keys += ["profit.title_unknown", "amount_unknown", "notice.unconverted_how"]
        for value in ["high", "regular", "low"] {
            for rhythm in ["active", "slipping", "at_risk"] { keys.append("segment_name.\(value)_\(rhythm)") }
        }
        for group in ["recency", "recency_single", "rhythm", "rhythm_single", "frequency", "spend", "tenure"] {
            keys.append("words.\(group)")
        }
        for key in keys { #expect(words.has("eyes." + key), "\(key)") }
    }
}
