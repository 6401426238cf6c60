import BSON
import Foundation
import Mongo
import Tenancy

/// Customers' data for a purpose: whoever has no valid consent for it is left out, and counted.
public struct CustomerStore: Sendable {
    let scope: TenantScope
    let database: MongoDatabase

    public init(_ scope: TenantScope, _ database: MongoDatabase) {
        self.scope = scope
        self.database = database
    }

    /// Evaluates the consent ledger for everybody as of `consentAt` and opens a reading of the usable ones.
    public func open(purpose: Purpose, consentAt: Date) async throws -> PurposeReading {
        let state = try await CustomerFigures(scope, database).dataState()
        let census = try await census(purpose: purpose, at: consentAt)
        return PurposeReading(
            purpose: purpose, consentAt: consentAt, customers: census.usable, counts: census.counts,
            consentHash: census.hash.hex, dataVersion: state.version, mergedCustomers: census.merged,
            deletedCustomers: census.deleted, leftOut: LeftOutPeople(ids: census.leftOut),
            retold: Set(state.retold ?? []), scope: scope, database: database)
    }

    /// Who of a reading's customers may no longer be used. Called before publishing, and now and then in a long run.
    public func recheck(_ reading: PurposeReading, at now: Date) async throws -> ConsentRecheck {
        let census = try await census(purpose: reading.purpose, at: now)
        let usable = Set(census.usable)
        return ConsentRecheck(
            lost: Set(reading.customers.filter { !usable.contains($0) }), counts: census.counts,
            snapshotHash: census.hash.hex)
    }

    /// Everybody in order of id, beside their standings in the same order: both are read at once, then merged.
    private func census(purpose: Purpose, at now: Date) async throws -> ConsentCensus {
        async let people = people()
        let standings = try await standings(purpose: purpose, at: now)
        var census = ConsentCensus()
        var next = standings.startIndex
        for person in try await people {
            while next < standings.endIndex, standings[next].customerID < person.id { next += 1 }
            let known = next < standings.endIndex && standings[next].customerID == person.id
            census.add(person, known ? standings[next].verdict : ConsentVerdict(.missing))
        }
        return census
    }

    /// Ascending by id.
    private func people() async throws -> [PersonRow] {
        let rows = try TenantCollection<StoredCustomer>(scope, database).aggregateBatches(
            Pipeline([
                .sort([.ascending("_id")]), .project(["_id": 1, "merged_into": 1, "deleted_at": 1]),
            ]), as: PersonRow.self, batchSize: 10_000, readsAhead: true)
        var people: [PersonRow] = []
        for try await batch in rows { people += batch }
        return people
    }

    private func standings(purpose: Purpose, at now: Date) async throws -> [(
        customerID: String, verdict: ConsentVerdict
    )] {
        var result: [(customerID: String, verdict: ConsentVerdict)] = []
        var rule = ConsentRule(purpose: purpose, at: now)
        var current: String?
        let fields = BSONDocument(ConsentRow.fields.map { ($0, .int32(1)) })
        let rows = try TenantCollection<ConsentRecord>(scope, database).aggregateBatches(
            Pipeline([.sort([.ascending("customer_id")]), .project(fields)]), as: ConsentRow.self, batchSize: 10_000,
            readsAhead: true)
        for try await batch in rows {
            for row in batch {
                if row.customerID != current {
                    if let current { result.append((current, rule.verdict)) }
                    current = row.customerID
                    rule = ConsentRule(purpose: purpose, at: now)
                }
                rule.add(row.entry)
            }
        }
        if let current { result.append((current, rule.verdict)) }
        return result
    }
}

/// What has changed about consent since a reading was opened.
public struct ConsentRecheck: Sendable {
    public let lost: Set<String>
    public let counts: ConsentCounts
    public let snapshotHash: String
}

private struct PersonRow: BSONConvertible {
    var id = ""
    var isMerged = false
    var isDeleted = false

    init(bson: BSONDocument) throws {
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            switch field.key {
            case "_id": id = try field.string()
            case "merged_into": isMerged = !field.isNull
            case "deleted_at": isDeleted = !field.isNull
            default: break
            }
        }
    }

    func bson() -> BSONDocument { [:] }
}

/// The result of one walk over everybody.
private struct ConsentCensus {
    var usable: [String] = []
    var leftOut: [String] = []
    var counts = ConsentCounts()
    var hash = ConsentHash()
    var merged = 0
    var deleted = 0

    mutating func add(_ person: PersonRow, _ verdict: ConsentVerdict) {
        if person.isDeleted { return deleted += 1 }
        if person.isMerged { return merged += 1 }
        counts.count(verdict.standing)
        hash.add(person.id, verdict)
        if verdict.standing == .granted { usable.append(person.id) } else { leftOut.append(person.id) }
    }
}
