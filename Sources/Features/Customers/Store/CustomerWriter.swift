import BSON
import Foundation
import Mongo
import Synchronization
import Tenancy
import Vault

/// Writes what a source tells: customers, orders and consents, each under an id that follows from the source.
///
/// Writing the same batch again changes nothing and counts the same, also after a crash in the middle. Batches may be
/// written side by side. ``finish()`` brings everything derived up to date; call it once at the end.
public struct CustomerWriter: Sendable {
    let scope: TenantScope
    let database: MongoDatabase
    let source: WriteSource
    let keys: PersonKeys
    let statement: ConsentStatement?
    let clock: WallClock
    private let customerIDs: DerivedID
    private let orderIDs: DerivedID
    private let known = KnownCustomers()

    /// - Parameter statement: the importer's word on everybody's consent, given for whoever this writer meets.
    public init(
        _ scope: TenantScope, _ database: MongoDatabase, source: WriteSource, keys: PersonKeys,
        statement: ConsentStatement? = nil, clock: WallClock = .system
    ) {
        self.scope = scope
        self.database = database
        self.source = source
        self.keys = keys
        self.statement = statement
        self.clock = clock
        customerIDs = DerivedID("cus", scope.organizationID, source.connectionID)
        orderIDs = DerivedID("ord", scope.organizationID, source.connectionID)
    }

    /// Writes a batch and says what changed.
    public func write(_ batch: WriteBatch) async throws -> WriteCounts {
        try scope.requireWritable()
        let now = clock.now()
        var counts = WriteCounts()
        let orders = batch.orders.map { order in
            StoredOrder(
                order, customerID: customerID(order.customerExternalID), id: orderIDs(order.externalID), source: source,
                now: now)
        }
        let newOrders = try await write(orders, now: now, counts: &counts)
        let people = try people(batch, newOrders: newOrders, now: now)
        try await write(people, now: now, counts: &counts)
        try await write(consents: batch.consents, now: now, counts: &counts)
        return counts
    }

    /// The id a person of this source has. Addresses used as ids are known by their token only.
    public func customerID(_ externalID: String) -> String { customerIDs(safe(externalID)) }

    private func safe(_ externalID: String) -> String {
        externalID.contains("@") ? keys.emailToken(externalID, organizationID: scope.organizationID) : externalID
    }

    // MARK: Orders

    private func write(_ orders: [StoredOrder], now: Date, counts: inout WriteCounts) async throws -> [StoredOrder] {
        guard !orders.isEmpty else { return [] }
        let collection = TenantCollection<StoredOrder>(scope, database)
        let stamps = try await collection.select(
            OrderStamp.fields, as: OrderStamp.self, .in("_id", orders.map { .string($0.id) }))
        let known = Dictionary(stamps.map { ($0.id, $0) }) { first, _ in first }
        var new: [StoredOrder] = []
        var changed: [StoredOrder] = []
        var seen: Set<String> = []
        for order in orders where seen.insert(order.id).inserted {
            guard let stamp = known[order.id] else {
                new.append(order)
                continue
            }
            if stamp.rowHash != order.rowHash {
                changed.append(order)
            } else if stamp.importID == source.importID {
                counts.ordersNew += 1
            } else if stamp.updatedImportID == source.importID {
                counts.ordersUpdated += 1
            } else {
                counts.ordersUnchanged += 1
            }
        }
        try await insert(new, into: collection)
        counts.ordersNew += new.count
        try await replace(changed, in: collection, now: now)
        counts.ordersUpdated += changed.count
        return new
    }

    /// A row that another writer put there a moment ago is as good as ours.
    private func insert<D: TenantDocument>(_ documents: [D], into collection: TenantCollection<D>) async throws {
        guard !documents.isEmpty else { return }
        let result = try await collection.bulk(documents.map { .insert($0) })
        try result.throwUnlessDuplicates()
    }

    private func replace(_ orders: [StoredOrder], in collection: TenantCollection<StoredOrder>, now: Date) async throws
    {
        guard !orders.isEmpty else { return }
        let old = try await collection.find(.in("_id", orders.map { .string($0.id) }))
        try await insert(
            old.filter { $0.importID != source.importID }.map {
                ReplacedOrder($0, replacedBy: source.importID, now: now)
            }, into: TenantCollection<ReplacedOrder>(scope, database))
        let result = try await collection.bulk(
            orders.map { order in
                var update = Update.setting(order.content())
                update.append(.set("updated_import_id", .string(source.importID)))
                update.append(.set("updated_at", .date(now)))
                update.append(.inc("version", 1))
                return .update(.id(order.id), update)
            })
        try result.throwUnlessDuplicates()
    }

    // MARK: Customers

    /// Everybody in the batch whom this writer has not met yet, with counters over the batch's new orders: in a file
    /// sorted by customer these are final, and nothing has to be written twice.
    private func people(_ batch: WriteBatch, newOrders: [StoredOrder], now: Date) throws -> [StoredCustomer] {
        var people: [String: StoredCustomer] = [:]
        func meet(_ externalID: String, _ change: (inout StoredCustomer) throws -> Void) rethrows {
            let id = customerID(externalID)
            var person =
                people[id]
                ?? StoredCustomer(
                    id: id, externalID: safe(externalID), source: source, currency: scope.organization.currency,
                    now: now)
            try change(&person)
            people[id] = person
        }
        for order in batch.orders {
            try meet(order.customerExternalID) { person in
                guard order.customerExternalID.contains("@"), person.sealed == nil else { return }
                let details = CustomerInput(externalID: order.customerExternalID, email: order.customerExternalID)
                try describe(&person, details)
            }
        }
        for input in batch.customers { try meet(input.externalID) { try describe(&$0, input) } }
        for consent in batch.consents { meet(consent.customerExternalID) { _ in } }
        for order in newOrders { people[order.customerID]?.counters.add(order, currency: scope.organization.currency) }
        return people.values.filter { known.isNew($0.id, profile: $0.profileHash) }.sorted { $0.id < $1.id }
    }

    private func describe(_ person: inout StoredCustomer, _ input: CustomerInput) throws {
        let details = PersonDetails(email: input.email, firstName: input.firstName, lastName: input.lastName)
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
        let parts = [input.email, input.firstName, input.lastName, input.country] + input.tags.map(Optional.some)
        person.profileHash = keys.emailToken(
            parts.map { $0 ?? "" }.joined(separator: "\u{1F}"), organizationID: "profile")
    }

    private func write(_ people: [StoredCustomer], now: Date, counts: inout WriteCounts) async throws {
        guard !people.isEmpty else { return }
        let collection = TenantCollection<StoredCustomer>(scope, database)
        let stamps = try await collection.select(
            ["profile_hash", "import_id"], as: CustomerStamp.self, .in("_id", people.map { .string($0.id) }))
        let stored = Dictionary(stamps.map { ($0.id, $0) }) { first, _ in first }
        var new = people.filter { stored[$0.id] == nil }
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

    // MARK: Consent

    /// Enters the importer's statement for these people; whoever has said no stays out, and whoever is covered for
    /// long enough gets no further entry.
    private func state(
        _ people: [StoredCustomer], now: Date, counts: inout WriteCounts
    ) async throws -> [String: ConsentVerdict] {
        guard let statement else { return [:] }
        let collection = TenantCollection<ConsentRecord>(scope, database)
        let unmet = people.filter { known.isFirst($0.id) }
        let rows = try await collection.select(
            ConsentRow.fields, as: ConsentRow.self, .in("customer_id", unmet.map { .string($0.id) }))
        var rules: [String: ConsentRule] = [:]
        for row in rows {
            rules[row.customerID, default: ConsentRule(purpose: statement.purpose, at: now)].add(row.entry)
        }
        var records: [ConsentRecord] = []
        var verdicts: [String: ConsentVerdict] = [:]
        let ids = DerivedID("cns", scope.organizationID, "statement", source.importID)
        let longEnough = statement.expiresAt.addingTimeInterval(-30 * 86_400)
        for person in unmet {
            let verdict = rules[person.id]?.verdict ?? ConsentVerdict(.missing)
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
                    expiresAt: statement.expiresAt, proof: statement.proof, importID: source.importID, createdAt: now))
        }
        try await insert(records, into: collection)
        counts.consentsNew += records.count
        return verdicts
    }

    private func write(consents: [ConsentInput], now: Date, counts: inout WriteCounts) async throws {
        guard !consents.isEmpty else { return }
        let ids = DerivedID("cns", scope.organizationID, source.connectionID)
        var records: [String: ConsentRecord] = [:]
        for input in consents {
            let customer = customerID(input.customerExternalID)
            let collected = input.collectedAt.map { String($0.bsonMilliseconds) } ?? "-"
            let expiry = input.expiresAt ?? Self.standardExpiry(input)
            let until = expiry.map { String($0.bsonMilliseconds) } ?? "-"
            let id = ids(
                customer, input.purpose.rawValue, input.basis.rawValue, input.state.rawValue, collected, until,
                input.source)
            records[id] = ConsentRecord(
                id: id, customerID: customer, purpose: input.purpose, basis: input.basis, state: input.state,
                wordingVersion: input.wordingVersion, channel: input.channel, source: input.source,
                collectedAt: input.collectedAt, expiresAt: expiry, proof: input.proof, importID: source.importID,
                createdAt: now)
        }
        let collection = TenantCollection<ConsentRecord>(scope, database)
        let stored = try await collection.select([], as: IDRow.self, .in("_id", records.keys.map { .string($0) }))
        for row in stored { records[row.id] = nil }
        try await insert(records.values.sorted { $0.id < $1.id }, into: collection)
        counts.consentsNew += records.count
    }

    /// Consent that names no end holds for the standard 365 days from when it was given.
    static func standardExpiry(_ input: ConsentInput) -> Date? {
        guard input.state == .granted, input.basis == .consent else { return nil }
        return input.collectedAt?.addingTimeInterval(365 * 86_400)
    }
}

/// Whom a writer has met, so that a customer of many orders is looked up once.
final class KnownCustomers: Sendable {
    private let profiles = Mutex<[String: String]>([:])

    /// Whether there is anything to write about the person.
    func isNew(_ id: String, profile: String?) -> Bool {
        profiles.withLock { known in
            guard let written = known[id] else { return true }
            return profile.map { $0 != written } ?? false
        }
    }

    func isFirst(_ id: String) -> Bool { profiles.withLock { $0[id] == nil } }

    func add(_ people: [StoredCustomer]) {
        profiles.withLock { known in
            for person in people { known[person.id] = person.profileHash ?? known[person.id] ?? "" }
        }
    }
}

private struct OrderStamp: BSONConvertible {
    static let fields = ["row_hash", "import_id", "updated_import_id"]
    let id: String
    let rowHash: Int64
    let importID: String
    let updatedImportID: String?

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        rowHash = try bson.int64("row_hash")
        importID = try bson.string("import_id")
        updatedImportID = bson["updated_import_id"]?.stringValue
    }

    func bson() -> BSONDocument { [:] }
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

/// A document of which only the id was asked for.
struct IDRow: BSONConvertible {
    let id: String

    init(bson: BSONDocument) throws { id = try bson.string("_id") }

    func bson() -> BSONDocument { [:] }
}

extension BulkResult {
    /// Whatever failed for another reason than that the document is already there.
    func throwUnlessDuplicates() throws {
        guard let error = errors.first(where: { $0.code != 11_000 }) else { return }
        throw CustomersError.writeFailed(code: error.code, message: error.message)
    }
}

public enum CustomersError: Error, Sendable, Equatable {
    case writeFailed(code: Int, message: String)
}
