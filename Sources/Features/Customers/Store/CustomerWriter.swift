import BSON
import Foundation
import Mongo
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
    let known = KnownCustomers()
    /// Nil where others may write the same customers' orders meanwhile.
    let counted: CountedPeople?
    /// Nil where rows of the same import may have been written before, by another writer.
    let traces: WriteTraces?
    let isUndoable: Bool
    /// When what was known before may be forgotten; nil is never.
    let undoableUntil: Date?
    let notes: WriteNotes?

    /// - Parameters:
    ///   - statement: the importer's word on everybody's consent, given for whoever this writer meets
    ///   - isAlone: nobody else writes rows of this connection until ``finish()``, so that what was counted stays right
    ///   - isWhole: all rows of the import go through this writer, and none is left out because it was written before
    ///   - isUndoable: keeps what was known of people before, so that ``undo(progress:)`` can put it back
    ///   - undoableUntil: after this what was known before is forgotten
    ///   - notes: told what becomes of each row
    public init(
        _ scope: TenantScope, _ database: MongoDatabase, source: WriteSource, keys: PersonKeys,
        statement: ConsentStatement? = nil, isAlone: Bool = false, isWhole: Bool = false, isUndoable: Bool = false,
        undoableUntil: Date? = nil, notes: WriteNotes? = nil, clock: WallClock = .system
    ) {
        self.isUndoable = isUndoable
        self.undoableUntil = undoableUntil
        self.notes = notes
        self.scope = scope
        self.database = database
        self.source = source
        self.keys = keys
        self.statement = statement
        counted = isAlone ? CountedPeople(currency: scope.organization.currency) : nil
        traces = isWhole ? WriteTraces() : nil
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
        let people = try people(batch, orders: orders, newOrders: newOrders, now: now)
        try await write(people, now: now, counts: &counts)
        try await write(consents: batch.consents, now: now, counts: &counts)
        return counts
    }

    /// The id a person of this source has. Addresses used as ids are known by their token only.
    public func customerID(_ externalID: String) -> String { customerIDs(safe(externalID)) }

    /// The id an order of this source has.
    public func orderID(_ externalID: String) -> String { orderIDs(externalID) }

    func safe(_ externalID: String) -> String {
        guard externalID.utf8.contains(UInt8(ascii: "@")) else { return externalID }
        return keys.emailToken(externalID, organizationID: scope.organizationID)
    }

    /// A row that another writer put there a moment ago is as good as ours.
    func insert<D: TenantDocument>(_ documents: [D], into collection: TenantCollection<D>) async throws {
        guard !documents.isEmpty else { return }
        let result = try await collection.bulk(documents.map { .insert($0) })
        try result.throwUnlessDuplicates()
    }
}
