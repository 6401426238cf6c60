import BSON
import Customers
import Foundation
import Mongo
import Records
import Tenancy

/// What is asked once for all people of a build or an estimate: today, the published run, and which segments the rule's
/// names mean now.
struct RuleContext: Sendable {
    let now: Date
    let calendar: ZoneCalendar
    let runID: String?
    /// A named segment of a run → its number in the published one. Missing: it is no more.
    let numbers: [String: Int]
    /// Rules named by others.
    let rules: [String: StoredRule]

    var today: Int { calendar.day(of: now) }

    /// Today and so many whole days before it.
    func start(_ days: Int) -> Date { calendar.start(of: today - days) }
}

/// Asks the database for what conditions need to know of some people. Conditions that ask the same share one query; each
/// query names its people and goes by an index that begins with organization and person.
struct RuleFactReader: Sendable {
    let scope: TenantScope
    let database: MongoDatabase
    let reading: PurposeReading
    let context: RuleContext

    /// As many people as one query names.
    static let portion = 1_000

    /// Facts of each person, one per leaf, in the order of `ids`.
    func facts(of ids: [String], _ leaves: [RuleCondition]) async throws -> [[RuleFact]] {
        guard !ids.isEmpty else { return [] }
        var known: [Question: Answers] = [:]
        for leaf in leaves {
            let question = Question(leaf)
            if known[question] == nil { known[question] = try await answers(question, ids) }
        }
        return ids.map { id in
            leaves.map { leaf in known[Question(leaf)].map { fact(leaf, $0, id) } ?? .unknown }
        }
    }

    /// What one query answers.
    private enum Question: Hashable {
        case attributes
        case orders(days: Int)
        case events(type: String, days: Int)
        case scores
        case segments
        case rule(String)

        init(_ leaf: RuleCondition) {
            switch leaf.field {
            case .orders, .spend: self = .orders(days: leaf.days ?? 0)
            case .event: self = .events(type: leaf.event ?? "", days: leaf.days ?? 0)
            case .riskScore, .riskLevel, .valueAtRisk: self = .scores
            case .segment:
                let id = leaf.segmentID ?? ""
                self = StoredRule.isRule(id) ? .rule(id) : .segments
            default: self = .attributes
            }
        }
    }

    private enum Answers {
        case attributes([String: CustomerAttributes])
        case orders([String: OrderTotals])
        case events([String: Int])
        case scores([String: BSONDocument])
        case segments([String: Int])
        case members(Set<String>)
    }

    private func answers(_ question: Question, _ ids: [String]) async throws -> Answers {
        switch question {
        case .attributes: return .attributes(try await reading.attributes(of: ids))
        case .orders(let days):
            return .orders(try await reading.orderTotals(of: ids, from: context.start(days), until: context.now))
        case .events(let type, let days):
            return .events(
                try await ActivityReader(scope, database).eventCounts(
                    of: ids, type: type, from: context.start(days), until: context.now))
        case .scores:
            guard let runID = context.runID else { return .scores([:]) }
            return .scores(try await EyesStore(scope, database).risks(runID: runID, of: ids))
        case .segments:
            guard let runID = context.runID else { return .segments([:]) }
            return .segments(try await EyesStore(scope, database).segmentNumbers(runID: runID, of: ids))
        case .rule(let id):
            guard let rule = context.rules[id] else { return .members([]) }
            let members = try await RuleStore(scope: scope, database: database).members(rule, among: ids)
            return .members(Set(members.map(\.customerID)))
        }
    }

    private func fact(_ leaf: RuleCondition, _ answers: Answers, _ id: String) -> RuleFact {
        switch answers {
        case .attributes(let people): return people[id].map { attribute(leaf.field, $0) } ?? .unknown
        case .orders(let totals):
            let total = totals[id]
            return .number(leaf.field == .orders ? Double(total?.count ?? 0) : Double(total?.spentMinor ?? 0))
        case .events(let counts): return .number(Double(counts[id] ?? 0))
        case .scores(let scores): return scores[id].map { score(leaf, $0) } ?? .unknown
        case .segments(let numbers):
            guard let name = leaf.segmentID, let number = context.numbers[name] else { return .unknown }
            return numbers[id] == number ? .text(name) : .unknown
        case .members(let members): return members.contains(id) ? .text(leaf.segmentID) : .unknown
        }
    }

    private func attribute(_ field: RuleField, _ person: CustomerAttributes) -> RuleFact {
        switch field {
        case .country: .text(person.country)
        case .language: .text(person.language)
        case .region: .text(person.region)
        case .lifecycleStage: .text(person.lifecycleStage)
        case .tag: .texts(person.tags)
        case .ordersCount: .number(Double(person.ordersCount))
        case .totalSpent: .number(Double(person.spentMinor))
        case .daysSinceOrder: .number(age(person.lastOrderAt))
        case .daysSinceFirstOrder: .number(age(person.firstOrderAt))
        default: .unknown
        }
    }

    private func age(_ date: Date?) -> Double? {
        date.map { Double(max(context.today - context.calendar.day(of: $0), 0)) }
    }

    private func score(_ leaf: RuleCondition, _ row: BSONDocument) -> RuleFact {
        guard let horizon = leaf.horizon, let score = row[horizon.key]?.documentValue else { return .unknown }
        switch leaf.field {
        case .riskScore: return .number(score["risk_score"]?.doubleValue)
        case .riskLevel: return .text(score["risk_level"]?.stringValue)
        case .valueAtRisk: return .number(score["value_at_risk_minor"]?.doubleValue)
        default: return .unknown
        }
    }
}

extension EyesStore {
    private var scored: TenantCollection<StoredScore> { TenantCollection(scope, database) }
    private var placed: TenantCollection<StoredMember> { TenantCollection(scope, database) }

    /// Risk, band and value at risk of some people on all horizons, by id.
    func risks(runID: String, of ids: [String]) async throws -> [String: BSONDocument] {
        let fields = Horizon.allCases.flatMap { horizon in
            ["risk_score", "risk_level", "value_at_risk_minor"].map { "\(horizon.key).\($0)" }
        }
        let rows = try await scored.select(["customer_id"] + fields, as: BSONDocument.self, own(runID, ids))
        return Dictionary(
            try rows.map { (try $0.string("customer_id"), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The segments of a run that some people are in, by id.
    func segmentNumbers(runID: String, of ids: [String]) async throws -> [String: Int] {
        let rows = try await placed.select(["customer_id", "segment"], as: BSONDocument.self, own(runID, ids))
        return Dictionary(
            try rows.map { (try $0.string("customer_id"), try $0.int("segment")) },
            uniquingKeysWith: { first, _ in first })
    }

    private func own(_ runID: String, _ ids: [String]) -> Filter {
        .in("_id", ids.map { .string(rowID(runID: runID, customerID: $0)) })
    }
}
