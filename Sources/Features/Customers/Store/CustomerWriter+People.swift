import BSON
import Foundation
import Mongo
import Tenancy

/// Customers: whoever a batch names.
extension CustomerWriter {
    /// Everybody in the batch whom this writer has not met yet, with counters over the batch's new orders: in a file
    /// sorted by customer these are final, and nothing has to be written twice.
    ///
    /// - Parameter orders: the batch's orders as they are stored, one for one. Of somebody known an order tells
    ///   nothing.
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
        func meetByName(_ name: String, id: String) throws {
            try meet(name, id: id) { person in
                guard name.utf8.contains(UInt8(ascii: "@")), person.sealed == nil else { return }
                try describe(&person, CustomerInput(externalID: name, email: name))
                // An order knows less than whoever describes the person; it only helps where nobody does.
                person.profileHash = nil
            }
        }
        let named = batch.people.map { (name: $0, id: customerID($0)) }
        let strangers = known.strangers(orders.map(\.customerID) + named.map(\.id))
        for (order, stored) in zip(batch.orders, orders) where strangers.contains(stored.customerID) {
            try meetByName(order.customerExternalID, id: stored.customerID)
        }
        for person in named where strangers.contains(person.id) { try meetByName(person.name, id: person.id) }
        for input in batch.customers {
            try meet(input.externalID, id: customerID(input.externalID)) { try describe(&$0, input) }
        }
        for consent in batch.consents {
            meet(consent.customerExternalID, id: customerID(consent.customerExternalID)) { _ in }
        }
        for order in newOrders { people[order.customerID]?.counters.add(order, currency: scope.organization.currency) }
        return people.values.filter { known.isNew($0.id, profile: $0.profileStamp) }.sorted { $0.id < $1.id }
    }

    /// Takes what a source says, unless a newer state of the person has been taken.
    private func describe(_ person: inout StoredCustomer, _ input: CustomerInput) throws {
        if let old = person.sourceUpdatedAt, let new = input.sourceUpdatedAt, new < old { return }
        person.sourceUpdatedAt = input.sourceUpdatedAt
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
            person.isEmailShared = PersonKeys.isShared(email)
        }
        person.links = input.links.map { PersonLink.key($0.platform, safe($0.externalID)) }.sorted()
        if !details.isEmpty {
            person.sealed = try keys.seal(details, organizationID: scope.organizationID, customerID: person.id)
        }
        person.country = input.country?.uppercased()
        person.location = Centroids.of(country: person.country, region: person.region)
        person.tags = input.tags
        person.sourceCreatedAt = input.sourceCreatedAt
        let parts =
            [input.email, input.firstName, input.lastName, input.country] + input.tags.map(Optional.some)
            + [input.phone, input.region, input.language, input.lifecycleStage].filter { $0 != nil }
            + person.links.map(Optional.some) + [person.location?.text].filter { $0 != nil }
        person.profileHash = keys.emailToken(
            parts.map { $0 ?? "" }.joined(separator: "\u{1F}"), organizationID: "profile")
    }

    func write(_ people: [StoredCustomer], now: Date, counts: inout WriteCounts) async throws {
        guard !people.isEmpty else { return }
        let collection = TenantCollection<StoredCustomer>(scope, database)
        let stamps = try await collection.select(
            CustomerStamp.fields, as: CustomerStamp.self, .in("_id", people.map { .string($0.id) }))
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
        notes?.add(new.map(\.id), .created)
        counts.customersNew +=
            new.count + stored.values.count { $0.importID == source.importID && known.isFirst($0.id) }
        try await describe(people, stored, in: collection, now: now)
        known.add(people)
    }
}

extension CustomerWriter {
    /// Writes what sources have learnt of people who are stored. Of two states the source's newer one stays.
    private func describe(
        _ people: [StoredCustomer], _ stored: [String: CustomerStamp], in collection: TenantCollection<StoredCustomer>,
        now: Date
    ) async throws {
        var operations: [TenantBulk<StoredCustomer>] = []
        var changed: [String] = []
        for person in people {
            guard let stamp = stored[person.id], let hash = person.profileHash else { continue }
            let (new, old) = (person.sourceUpdatedAt, stamp.sourceUpdatedAt)
            if let new, let old, new < old { continue }
            if stamp.profileHash != hash {
                changed.append(person.id)
                operations.append(.update(.id(person.id), update(person, now: now)))
            } else if let new, old.map({ new > $0 }) ?? true {
                operations.append(.update(.id(person.id), [.set("external_updated_at", .date(new))]))
            }
        }
        guard !operations.isEmpty else { return }
        try await keepProfiles(changed, now: now)
        try await collection.bulk(operations).throwUnlessDuplicates()
        notes?.add(changed, .updated)
    }

    /// What the source does not say any more goes.
    private func update(_ person: StoredCustomer, now: Date) -> Update {
        var update = Update.setting(person.profile(), clearing: StoredCustomer.profileFields)
        update.append(.set("updated_import_id", .string(source.importID)))
        update.append(.set("updated_at", .date(now)))
        update.append(.inc("version", 1))
        return update
    }
}

private struct CustomerStamp: BSONConvertible {
    static let fields = ["profile_hash", "import_id", "external_updated_at"]

    let id: String
    let profileHash: String?
    let importID: String
    let sourceUpdatedAt: Date?

    init(bson: BSONDocument) throws {
        sourceUpdatedAt = bson["external_updated_at"]?.dateValue
        id = try bson.string("_id")
        profileHash = bson["profile_hash"]?.stringValue
        importID = try bson.string("import_id")
    }

    func bson() -> BSONDocument { [:] }
}
