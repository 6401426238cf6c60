import BSON
import Foundation
import Mongo
import Tenancy

/// Entries in the consent ledger: from the source's rows and from the importer's statement.
extension CustomerWriter {
    /// Enters the importer's statement for these people; whoever has said no stays out, and whoever is covered for
    /// long enough gets no further entry.
    func state(
        _ people: [StoredCustomer], now: Date, counts: inout WriteCounts
    ) async throws -> [String: ConsentVerdict] {
        guard let statement else { return [:] }
        let collection = TenantCollection<ConsentRecord>(scope, database)
        let unmet = people.filter { known.isFirst($0.id) }
        let merged = identities.survivors
        let survivors = try await known.anyMerged { try await merged.exist() } ? merged.of(unmet.map(\.id)) : [:]
        let subjects = Set(unmet.map { survivors[$0.id] ?? $0.id })
        let rows = try await collection.select(
            ConsentRow.fields, as: ConsentRow.self, .in("customer_id", subjects.map { .string($0) }))
        var rules: [String: ConsentRule] = [:]
        for row in rows {
            rules[row.customerID, default: ConsentRule(purpose: statement.purpose, at: now)].add(row.entry)
        }
        var records: [ConsentRecord] = []
        var verdicts: [String: ConsentVerdict] = [:]
        let ids = DerivedID("cns", scope.organizationID, "statement", source.importID)
        let longEnough = statement.expiresAt.addingTimeInterval(-30 * 86_400)
        for person in unmet {
            let verdict = rules[survivors[person.id] ?? person.id]?.verdict ?? ConsentVerdict(.missing)
            if verdict.standing == .withdrawn || verdict.standing == .objection {
                counts.consentsKeptOut += 1
                continue
            }
            if verdict.standing == .granted, verdict.until ?? .distantFuture >= longEnough { continue }
            verdicts[person.id] = ConsentVerdict(.granted, until: statement.expiresAt)
            records.append(
                ConsentRecord(
                    id: ids(person.id), customerID: person.id, purpose: statement.purpose, state: .granted,
                    wordingVersion: statement.wordingVersion, source: "import", collectedAt: statement.statedAt,
                    expiresAt: statement.expiresAt, proof: statement.proof, importID: source.importID, createdAt: now,
                    isBlanket: true))
        }
        try await insert(records, into: collection)
        counts.consentsNew += records.count
        return verdicts
    }

    func write(consents: [ConsentInput], now: Date, counts: inout WriteCounts) async throws {
        guard !consents.isEmpty else { return }
        var records: [String: ConsentRecord] = [:]
        for input in consents {
            let id = consentID(input)
            records[id] = ConsentRecord(
                id: id, customerID: customerID(input.customerExternalID), purpose: input.purpose, basis: input.basis,
                state: input.state, wordingVersion: input.wordingVersion, channel: input.channel, source: input.source,
                collectedAt: input.collectedAt, expiresAt: input.expiresAt ?? Self.standardExpiry(input),
                proof: input.proof, importID: source.importID, createdAt: now)
        }
        let collection = TenantCollection<ConsentRecord>(scope, database)
        let stored = try await collection.select([], as: IDRow.self, .in("_id", records.keys.map { .string($0) }))
        for row in stored { records[row.id] = nil }
        try await insert(records.values.sorted { $0.id < $1.id }, into: collection)
        counts.consentsNew += records.count
        notes?.add(records.keys, .created)
    }

    /// The id of the ledger entry that this makes: the same words of the same person are one entry.
    public func consentID(_ input: ConsentInput) -> String {
        let collected = input.collectedAt.map { String($0.bsonMilliseconds) } ?? "-"
        let until = (input.expiresAt ?? Self.standardExpiry(input)).map { String($0.bsonMilliseconds) } ?? "-"
        return DerivedID("cns", scope.organizationID, source.connectionID)(
            customerID(input.customerExternalID), input.purpose.rawValue, input.basis.rawValue, input.state.rawValue,
            collected, until, input.source)
    }

    /// Consent that names no end holds for the standard 365 days from when it was given.
    static func standardExpiry(_ input: ConsentInput) -> Date? {
        guard input.state == .granted, input.basis == .consent else { return nil }
        return input.collectedAt?.addingTimeInterval(365 * 86_400)
    }
}
