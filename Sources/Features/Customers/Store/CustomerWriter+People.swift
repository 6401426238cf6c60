import BSON
import Foundation
import Mongo
import Tenancy

/// Customers: whoever a batch names.
extension CustomerWriter {
    /// Everybody in the batch whom this writer has not met yet, with counters over the batch's new orders: in a file
    /// sorted by customer these are final, and nothing has to be written twice.
    /// - Parameter orders: the batch's orders as they are stored, one for one. Of somebody known an order tells nothing.
    func people(
        _ batch: WriteBatch, orders: [StoredOrder], newOrders: [StoredOrder], now: Date
    ) throws -> [StoredCustomer] {
        var people: [String: StoredCustomer] = [:]
        func meet(_ externalID: String, id: String, _ change: (inout StoredCustomer) throws -> Void) rethrows {
            var person =
                people[id]
                ?? StoredCustomer(
                    id: id, externalID: safe(externalID), source: source, currency: scope.organization.currency,
                    now: now)
            try change(&person)
            people[id] = person
        }
        let strangers = known.strangers(orders.lazy.map(\.customerID))
        for (order, stored) in zip(batch.orders, orders) where strangers.contains(stored.customerID) {
            let name = order.customerExternalID
            try meet(name, id: stored.customerID) { person in
                guard name.utf8.contains(UInt8(ascii: "@")), person.sealed == nil else { return }
                try describe(&person, CustomerInput(externalID: name, email: name))
            }
        }
        for input in batch.customers {
            try meet(input.externalID, id: customerID(input.externalID)) { try describe(&$0, input) }
        }
        for consent in batch.consents {
            meet(consent.customerExternalID, id: customerID(consent.customerExternalID)) { _ in }
        }
        for order in newOrders { people[order.customerID]?.counters.add(order, currency: scope.organization.currency) }
        return people.values.filter { known.isNew($0.id, profile: $0.profileHash) }.sorted { $0.id < $1.id }
    }

    private func describe(_ person: inout StoredCustomer, _ input: CustomerInput) throws {
        let phone = input.phone.flatMap { PhoneNumber.e164($0, country: input.country) }
        let details = PersonDetails(
            email: input.email, firstName: input.firstName, lastName: input.lastName, phone: phone ?? input.phone)
        person.phoneToken = phone.map { keys.phoneToken($0, organizationID: scope.organizationID) }
        person.region = input.region
        person.language = input.language
        person.lifecycleStage = input.lifecycleStage
        if let email = input.email {
            person.emailToken = keys.emailToken(email, organizationID: scope.organizationID)
            person.emailHint = PersonKeys.masked(email)
        }
        if !details.isEmpty {
            person.sealed = try keys.seal(details, organizationID: scope.organizationID, customerID: person.id)
        }
        person.country = input.country?.uppercased()
        person.tags = input.tags
        person.sourceCreatedAt = input.sourceCreatedAt
        let parts =
            [input.email, input.firstName, input.lastName, input.country] + input.tags.map(Optional.some)
            + [input.phone, input.region, input.language, input.lifecycleStage].filter { $0 != nil }
        person.profileHash = keys.emailToken(
            parts.map { $0 ?? "" }.joined(separator: "\u{1F}"), organizationID: "profile")
    }

    func write(_ people: [StoredCustomer], now: Date, counts: inout WriteCounts) async throws {
        guard !people.isEmpty else { return }
        let collection = TenantCollection<StoredCustomer>(scope, database)
        let stamps = try await collection.select(
            ["profile_hash", "import_id"], as: CustomerStamp.self, .in("_id", people.map { .string($0.id) }))
        let stored = Dictionary(stamps.map { ($0.id, $0) }) { first, _ in first }
        var new = people.filter { stored[$0.id] == nil }
        counted?.welcome(new.map(\.id))
        counted?.doubt(stored.keys)
        let stated = try await state(people, now: now, counts: &counts)
        for index in new.indices {
            if let verdict = stated[new[index].id], statement?.purpose == .marketingAnalytics {
                new[index].consent = verdict
            }
        }
        try await insert(new, into: collection)
        counts.customersNew +=
            new.count + stored.values.count { $0.importID == source.importID && known.isFirst($0.id) }
        let described = people.filter { person in
            guard let stamp = stored[person.id], let hash = person.profileHash else { return false }
            return stamp.profileHash != hash
        }
        if !described.isEmpty {
            _ = try await collection.bulk(
                described.map { person in
                    var update = Update.setting(person.profile())
                    update.append(.set("updated_at", .date(now)))
                    update.append(.inc("version", 1))
                    return .update(.id(person.id), update)
                })
        }
        known.add(people)
    }
}

private struct CustomerStamp: BSONConvertible {
    let id: String
    let profileHash: String?
    let importID: String

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        profileHash = bson["profile_hash"]?.stringValue
        importID = try bson.string("import_id")
    }

    func bson() -> BSONDocument { [:] }
}
