import Accounts
import Customers
import Foundation
import Tenancy
import Vault
import Web

extension EyesController {
    /// The tab of those who are likely to leave.
    ///
    /// Rules, campaigns and the slider's figures change without the data: they are read each time, and what is remembered
    /// is named by them.
    func churn(
        _ query: Query, _ page: EyesPageBuilder, _ context: TenantPageContext
    ) async throws -> SafeHTML {
        var builder = page
        builder.rules = try await EyesRules(service: service).list(context.scope)
        let (filled, form) = (builder, try await profitForm(query, context.scope))
        func make(_ rows: ChurnRows?) async throws -> SafeHTML {
            let slider = try await profitSection(form, filled, context)
            return filled.churnTab(rows, slider: slider ?? .empty, mayExport: context.can(.analyticsExport))
        }
        guard let published = builder.overview.published, let report = builder.report,
            report.state != .notEnoughData
        else { return try await make(nil) }
        let (list, place) = try place(query, form, builder.horizon)
        let memory = ChurnMemory(
            service: service, context: context, overview: builder.overview, run: published.run,
            question: "\(list.query) \(place.first) \(place.before) \(place.left)",
            version: try await service.dataVersion(context.scope))
        let people = try await memory.people(isKept: !list.isOfRule) {
            try await ChurnPage.load(
                service, context.scope, published, list.filter, fromPlace: place.first, limit: place.limit)
        }
        let rows = try await rows(people, list, place, form, context.scope)
        guard !list.isOfRule, form.errors.isEmpty else { return try await make(rows) }
        return try await memory.tab(rows, form, builder) { try await make(rows) }
    }

    /// Where a page of the table begins.
    private struct Place {
        /// The first customer's place in the whole list.
        let first: Int
        /// How many stand on the pages before.
        let before: Int
        /// How many of the cut are left for this page and those after it.
        let left: Int

        var limit: Int { min(EyesController.pageSize, max(left, 1)) }
    }

    /// What is asked for; with a cut of the slider exactly those that it writes to, in its order.
    private func place(_ query: Query, _ form: ProfitForm, _ horizon: Horizon) throws -> (ListQuery, Place) {
        let order = query["sort"].flatMap(ScoreQuery.Order.init(rawValue:))
        let filter = ChurnFilter(
            horizon: horizon, band: query["band"].flatMap(RiskLevel.init(rawValue:)),
            segmentID: query["segment"].flatMap { $0.isEmpty ? nil : $0 },
            sort: order ?? (form.cut == nil ? .value : form.choice.order),
            rank: query["rank"].flatMap(RankBand.init(rawValue:)))
        let position = try query.cursor(for: "eyes.churn")
        let before = position?["from"]?.int64Value.map(Int.init) ?? 0
        let place = Place(
            first: position?["place"]?.int64Value.map(Int.init) ?? 0, before: before,
            left: form.cut.map { max($0 - before, 0) } ?? Self.pageSize)
        return (ListQuery(filter: filter, cut: form.cut), place)
    }

    private func rows(
        _ page: ChurnPage, _ list: ListQuery, _ place: Place, _ form: ProfitForm, _ scope: TenantScope
    ) async throws -> ChurnRows {
        let isLast = page.rows.count >= place.left && form.cut != nil
        let campaigns = CampaignStore(scope: scope, database: service.database)
        return ChurnRows(
            filter: list.filter, scores: place.left == 0 ? [] : page.rows, badges: page.badges,
            total: min(page.total, form.cut ?? page.total), from: place.before,
            nextCursor: isLast ? nil : page.nextPlace.map { Self.cursor($0, from: place.before + page.rows.count) },
            now: service.clock.now(), cut: form.cut, former: page.former,
            contacts: try await campaigns.contacts(of: page.rows.map(\.customerID)))
    }

    private static func cursor(_ place: Int, from: Int) -> String {
        Cursor.encode(["place": .int(Int64(place)), "from": .int(Int64(from))], for: "eyes.churn")
    }
}

/// What is remembered of the tab: whom it is about, and how it looks to those who may do the same.
private struct ChurnMemory {
    let service: EyesService
    let context: TenantPageContext
    let overview: EyesOverview
    let run: StoredRun
    let question: String
    let version: Int64

    func people(isKept: Bool, load: () async throws -> ChurnPage) async throws -> ChurnPage {
        guard isKept else { return try await load() }
        return try await service.memory.answers.people(
            key("churn people \(question)"), version: version, now: service.clock.now(), make: load)
    }

    func tab(
        _ rows: ChurnRows, _ form: ProfitForm, _ builder: EyesPageBuilder, make: () async throws -> SafeHTML
    ) async throws -> SafeHTML {
        let rights: [Permission] = [.analyticsExport, .eyesRun, .actionPropose]
        let parts = [
            "churn tab \(question) \(form.choice) \(form.isChanged)", "\(rights.map { context.can($0) })",
            builder.rules.map { "\($0.id).\($0.version)" }.joined(separator: " "),
            rows.contacts.values.map { "\($0.id) \($0.held) \($0.contactedAt?.timeIntervalSince1970 ?? 0)" }.sorted()
                .joined(separator: " "),
        ]
        return try await service.memory.answers.part(
            key(parts.joined(separator: "\n")), version: version, now: rows.now
        ) { (try await make(), Array(rows.badges.values)) }
    }

    private func key(_ question: String) -> RecentAnswers.Key {
        overview.key(question, of: run, context.scope, context.locale)
    }
}
