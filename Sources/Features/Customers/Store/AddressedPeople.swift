import BSON
import Foundation
import Mongo
import Tenancy

/// A customer as an act outside may name them: the id a connection knows them by, and the clear address.
public struct AddressedPerson: Sendable, Equatable {
    public let customerID: String
    /// Nil when the connection does not know the person by an id of its own.
    public let externalID: String?
    public let details: PersonDetails

    public var email: String? { details.email.map(PersonKeys.normalised) }
}

/// Those who were asked for and may be used, with how many may not.
public struct AddressedPeople: Sendable, Equatable {
    /// In order of customer id.
    public var people: [AddressedPerson] = []
    public var counts = ConsentCounts()
    /// When the person's standing was stated, where the ledger tells; by customer id.
    public var statedAt: [String: Date] = [:]
}

extension CustomerStore {
    /// Clear addresses for a purpose: whoever has no valid consent for it is left out, and counted.
    ///
    /// - Parameters:
    ///   - ids: nil for everybody.
    ///   - connectionID: whose ids are wanted. The caller records the access.
    public func addressed(
        _ ids: [String]?, for purpose: Purpose, at connectionID: String, keys: PersonKeys, now: Date
    ) async throws -> AddressedPeople {
        guard let ids else {
            let reading = try await open(purpose: purpose, consentAt: now)
            var found = AddressedPeople(counts: reading.counts)
            found.people = try await details(reading.customers, at: connectionID, keys: keys)
            return found
        }
        var found = AddressedPeople()
        var usable: [String] = []
        for part in Set(ids).sorted().portions() {
            let alive = try await alive(part)
            let ledger = try await ledger(alive)
            for id in alive {
                let entries = ledger[id] ?? []
                let verdict = ConsentRule.verdict(entries, purpose: purpose, at: now)
                found.counts.count(verdict.standing)
                found.statedAt[id] = entries.filter { $0.purpose == purpose }.compactMap(\.collectedAt).max()
                if verdict.standing == .granted { usable.append(id) }
            }
        }
        found.people = try await details(usable, at: connectionID, keys: keys)
        return found
    }

    /// Clear addresses for an act that only takes away: leaving a list, a withdrawal, an erasure. No consent is needed
    /// to be left alone.
    public func addressedToWithdraw(
        _ ids: [String], at connectionID: String, keys: PersonKeys
    ) async throws -> AddressedPeople {
        var found = AddressedPeople()
        let wanted = Array(Set(ids)).sorted()
        found.people = try await details(wanted, at: connectionID, keys: keys)
        found.counts.loaded = found.people.count
        found.counts.used = found.people.count
        return found
    }

    private var stored: TenantCollection<StoredCustomer> { TenantCollection(scope, database) }

    private func alive(_ ids: [String]) async throws -> [String] {
        try await stored.find(
            .and([.in("_id", ids.map { .string($0) }), .eq("merged_into", .null), .eq("deleted_at", .null)])
        ).map(\.id).sorted()
    }

    private func ledger(_ ids: [String]) async throws -> [String: [ConsentRule.Entry]] {
        let records = try await TenantCollection<ConsentRecord>(scope, database).find(
            .in("customer_id", ids.map { .string($0) }))
        return Dictionary(grouping: records, by: \.customerID).mapValues { $0.map(\.ruleEntry) }
    }

    /// A person's own row and those that were merged into it: the connection may know them by one, and the address may
    /// stand in another.
    private func details(_ ids: [String], at connectionID: String, keys: PersonKeys) async throws -> [AddressedPerson] {
        var result: [AddressedPerson] = []
        for part in ids.portions() {
            let values = part.map { BSONValue.string($0) }
            let rows = try await stored.find(
                .and([.or([.in("_id", values), .in("merged_into", values)]), .eq("deleted_at", .null)]),
                sort: [.ascending("_id")])
            let byPerson = Dictionary(grouping: rows) { $0.mergedInto ?? $0.id }
            for id in part {
                guard let rows = byPerson[id], rows.contains(where: { $0.id == id }) else { continue }
                result.append(try person(id, rows, at: connectionID, keys: keys))
            }
        }
        return result
    }

    private func person(
        _ id: String, _ rows: [StoredCustomer], at connectionID: String, keys: PersonKeys
    ) throws -> AddressedPerson {
        let own = rows.filter { $0.id == id } + rows.filter { $0.id != id }
        let known = own.first { $0.connectionID == connectionID && !$0.externalID.hasPrefix("tok_") }
        let sealed = own.first { $0.sealed != nil && $0.emailToken != nil } ?? own.first { $0.sealed != nil }
        let details = try sealed.flatMap { row in
            try row.sealed.map {
                try keys.open($0, organizationID: scope.organizationID, customerID: row.id)
            }
        }
        return AddressedPerson(
            customerID: id, externalID: known?.externalID, details: details ?? PersonDetails())
    }
}
