import Customers
import Memory
import Tenancy

/// A page of scored customers and who they are.
struct ChurnPage: Sendable {
    let rows: [StoredScore]
    let badges: [String: CustomerBadge]
    let total: Int
    let nextPlace: Int?
    /// What the run before said about the same people, as far as its rows are kept.
    var former: [String: StoredScore] = [:]

    static func load(
        _ service: EyesService, _ scope: TenantScope, _ published: PublishedRun, _ filter: ChurnFilter,
        fromPlace: Int, limit: Int
    ) async throws -> ChurnPage {
        guard var query = try await Self.query(service, scope, filter, published) else {
            return ChurnPage(rows: [], badges: [:], total: 0, nextPlace: nil)
        }
        query.fromPlace = max(fromPlace, 0)
        query.limit = limit + 1
        let store = service.store(scope)
        let found = try await store.scores(query, runID: published.run.id)
        let rows = Array(found.prefix(limit))
        let badges = try await CustomerStore(scope, service.database).badges(rows.map(\.customerID))
        let next = found.count > limit ? found[limit].score(filter.horizon) : nil
        let ids = rows.map(\.customerID)
        var former: [String: StoredScore] = [:]
        if let runID = published.run.identity.previousRunID {
            former = try await store.scores(of: ids, runID: runID)
        }
        return ChurnPage(
            rows: rows, badges: badges, total: try await total(query, filter, store, published),
            nextPlace: next.map { filter.sort == .value ? $0.place : $0.riskPlace }, former: former)
    }

    /// Nil for a segment of another run or another organization, which holds nobody here. A rule's segment holds its
    /// stored members.
    static func query(
        _ service: EyesService, _ scope: TenantScope, _ filter: ChurnFilter, _ published: PublishedRun
    ) async throws -> ScoreQuery? {
        var query = ScoreQuery(horizon: filter.horizon, band: filter.band, sort: filter.sort)
        if let rank = filter.rank, let report = published.run.report(filter.horizon) {
            query.riskPlaces = rank.places(of: report.counts.total)
        }
        guard let segmentID = filter.segmentID else { return query }
        if StoredRule.isRule(segmentID) {
            let rules = RuleStore(scope: scope, database: service.database)
            guard let rule = try await rules.get(segmentID) else { return nil }
            query.members = try await rules.memberIDs(rule)
            return query
        }
        guard let segment = published.segment(id: segmentID) else { return nil }
        query.segment = segment.number
        return query
    }

    /// Counted by the run already where only the band is asked for.
    private static func total(
        _ query: ScoreQuery, _ filter: ChurnFilter, _ store: EyesStore, _ published: PublishedRun
    ) async throws -> Int {
        if query.segment == nil, query.members == nil, query.riskPlaces == nil,
            let report = published.run.report(filter.horizon)
        {
            return filter.band.map { report.counts.count($0) } ?? report.counts.total
        }
        return try await store.countScores(query, runID: published.run.id)
    }
}

/// A page of a segment's members and who they are.
struct MemberPage: Sendable {
    let rows: [StoredMember]
    let badges: [String: CustomerBadge]
    let nextPlace: Int?

    static func load(
        _ service: EyesService, _ scope: TenantScope, _ published: PublishedRun, _ segment: Segment, fromPlace: Int,
        limit: Int
    ) async throws -> MemberPage {
        let found = try await service.store(scope).members(
            runID: published.run.id, segment: segment.number, fromPlace: max(fromPlace, 0), limit: limit + 1)
        let rows = Array(found.prefix(limit))
        return MemberPage(
            rows: rows,
            badges: try await CustomerStore(scope, service.database).badges(rows.map(\.customerID)),
            nextPlace: found.count > limit ? found[limit].place : nil)
    }
}

/// A model by its version: the run that made it, what the run said, and the card.
struct FoundModel: Sendable {
    let published: PublishedRun
    let report: HorizonReport
    let card: ModelCard
}

extension EyesService {
    /// A segment of the published run or of an earlier one that is still kept.
    func segment(_ scope: TenantScope, _ id: String) async throws -> (published: PublishedRun, segment: Segment)? {
        if let published = try await published(scope), let segment = published.segment(id: id) {
            return (published, segment)
        }
        guard let stored = try await store(scope).segment(id), let run = try await run(scope, stored.runID) else {
            return nil
        }
        return (run, stored.segment)
    }

    func model(_ scope: TenantScope, _ version: String) async throws -> FoundModel? {
        let parts = version.split(separator: "_")
        guard parts.count == 3, parts[0] == "eym", let days = Int(parts[2]), let horizon = Horizon(rawValue: days),
            let published = try await run(scope, "eyr_" + parts[1]), let report = published.run.report(horizon),
            let card = report.card
        else { return nil }
        return FoundModel(published: published, report: report, card: card)
    }

    /// Everything the published run says about one customer. Nil without a published run.
    func customer(_ scope: TenantScope, _ customerID: String) async throws -> CustomerFindings? {
        guard let published = try await published(scope) else { return nil }
        let store = store(scope)
        async let score = store.score(runID: published.run.id, customerID: customerID)
        async let member = store.member(runID: published.run.id, customerID: customerID)
        let badge = try await CustomerStore(scope, database).badges([customerID])[customerID]
        return CustomerFindings(
            published: published, score: try await score, member: try await member, badge: badge)
    }

    /// What the published run and the one before it say about one customer; nil where there is no such customer. Those who
    /// are asked for at the same time are read together.
    func scored(_ scope: TenantScope, _ customerID: String, _ published: PublishedRun) async throws -> ScoredPerson? {
        let (runID, formerID) = (published.run.id, published.run.identity.previousRunID)
        let group = EyesMemory.RunKey(organizationID: scope.organizationID, runID: runID)
        return try await memory.people.value(for: customerID, in: group) { [database] ids in
            let store = store(scope)
            async let badges = CustomerStore(scope, database).badges(ids)
            async let formers = store.scores(of: formerID == nil ? [] : ids, runID: formerID ?? "")
            let scores = try await store.scores(of: ids, runID: runID)
            let former = try await formers
            return Dictionary(
                uniqueKeysWithValues: try await badges.map { id, badge in
                    (id, ScoredPerson(badge: badge, score: scores[id], former: former[id]))
                })
        }
    }
}

/// What two runs said about a customer.
struct ScoredPerson: Sendable {
    let badge: CustomerBadge
    let score: StoredScore?
    /// Of the run before.
    let former: StoredScore?
}

/// What a run knows of a person, and whether it may still be said.
struct CustomerFindings: Sendable {
    let published: PublishedRun
    let score: StoredScore?
    let member: StoredMember?
    /// Nil: no such customer here.
    let badge: CustomerBadge?
}
