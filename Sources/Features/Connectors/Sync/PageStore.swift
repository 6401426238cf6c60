import BSON
import Customers
import Foundation
import Mongo
import Records
import Tenancy
import Vault
import Web

/// What storing a page changed.
struct PageCounts: Sendable, Equatable {
    var written = 0
    var unchanged = 0
    var deleted = 0
    /// Whether people, orders or consents changed: then derived values have to be brought up to date.
    var touchesPeople = false

    mutating func add(_ counts: RecordCounts) {
        written += counts.new + counts.updated
        unchanged += counts.unchanged
        deleted += counts.deleted
    }

    mutating func add(_ counts: WriteCounts) {
        written += counts.ordersNew + counts.ordersUpdated + counts.customersNew
        unchanged += counts.ordersUnchanged
    }
}

/// Writes pages of one run of one stream: raw first, then canonical rows. The same page twice changes nothing.
struct PageStore: Sendable {
    let scope: TenantScope
    let database: MongoDatabase
    let source: WriteSource
    let packing: RawPacking
    let schemaVersion: Int
    let clock: WallClock
    let people: CustomerWriter
    let rows: RecordWriter
    let quarantine: Quarantine

    init(
        _ scope: TenantScope, _ database: MongoDatabase, source: WriteSource, stream: String, keys: PersonKeys,
        packing: RawPacking, schemaVersion: Int, clock: WallClock
    ) {
        self.scope = scope
        self.database = database
        self.source = source
        self.packing = packing
        self.schemaVersion = schemaVersion
        self.clock = clock
        let people = CustomerWriter(
            scope, database, source: source, keys: keys, clock: clock)
        self.people = people
        quarantine = Quarantine(scope, database, source: source, stream: stream, clock: clock)
        rows = RecordWriter(scope, database, source: source, stream: stream, clock: clock) { people.customerID($0) }
    }

    func write(
        _ page: MappedPage, raw records: [JSONValue]?, of stream: SyncStream, span: Span, at fetchedAt: Date
    ) async throws -> PageCounts {
        var rawID: String?
        if let records, !records.isEmpty {
            rawID = try await keep(records, stream, span, fetchedAt, names: !page.problems.isEmpty)
        }
        let batch = page.batch
        let marksAll = if case .updated = stream.span { false } else { true }
        var counts = PageCounts()
        if !batch.customers.isEmpty || !batch.orders.isEmpty || !page.consents.isEmpty {
            let told = WriteBatch(orders: batch.orders, customers: batch.customers, consents: page.consents)
            for portion in told.portions() { counts.add(try await people.write(portion)) }
            counts.touchesPeople = true
        }
        counts.add(try await rows.write(batch.events, marksAll: marksAll))
        counts.add(try await rows.write(batch.metricDays, marksAll: marksAll))
        counts.add(try await rows.write(batch.campaigns, marksAll: marksAll))
        counts.add(try await rows.write(batch.adGroups, marksAll: marksAll))
        counts.add(try await rows.write(batch.creatives, marksAll: marksAll))
        counts.add(try await rows.write(batch.products, marksAll: marksAll))
        counts.add(try await rows.write(batch.payments, marksAll: marksAll))
        counts.add(try await rows.write(batch.subscriptions, marksAll: marksAll))
        counts.add(try await rows.write(batch.deals, marksAll: marksAll))
        counts.deleted += try await delete(batch.deletions)
        try await quarantine.note(page, rawID: rawID)
        counts.touchesPeople = counts.touchesPeople || batch.deletions.contains { $0.kind == .order }
        return counts
    }

    /// Keeps what the vendor sent, once: a page read again with the same content needs no second copy.
    /// - Parameter names: whether the kept page's id is wanted also when it was there before.
    private func keep(
        _ records: [JSONValue], _ stream: SyncStream, _ span: Span, _ fetchedAt: Date, names: Bool
    ) async throws -> String? {
        let packed = try packing.pack(records)
        let raws = TenantCollection<RawRecord>(scope, database)
        let same = Filter.and([
            .eq("connection_id", .string(source.connectionID)), .eq("stream", .string(stream.name)),
            .eq("hash", .string(packed.hash)),
        ])
        let again = try await raws.update(
            same,
            [
                .set("fetched_at", .date(fetchedAt)), .set("run_id", .string(source.importID)), .unset("expires_at"),
            ])
        guard again.matched == 0 else { return names ? try await raws.first(same)?.id : nil }
        let id = ID.make("raw", at: fetchedAt)
        try await raws.insert(
            RawRecord(
                id: id, connectionID: source.connectionID, stream: stream.name,
                runID: source.importID, span: span, schemaVersion: schemaVersion, count: records.count,
                hash: packed.hash, payload: packed.payload, fetchedAt: fetchedAt))
        return id
    }

    private func delete(_ deletions: [Deletion]) async throws -> Int {
        guard !deletions.isEmpty else { return 0 }
        func ids(_ kind: Deletion.Kind) -> [String] { deletions.filter { $0.kind == kind }.map(\.externalID) }
        return try await people.markGone(customers: ids(.customer)) + people.markGone(orders: ids(.order))
            + rows.markDeleted(ProductInput.self, ids(.product)) + rows.markDeleted(CampaignInput.self, ids(.campaign))
            + rows.markDeleted(PaymentInput.self, ids(.payment)) + rows.markDeleted(DealInput.self, ids(.deal))
    }

    /// A whole listing is through: what it did not contain is gone, and older kept pages may expire.
    func finish(_ span: Span, of stream: SyncStream) async throws -> Int {
        var removed = 0
        switch (stream.span, span) {
        case (.days, .days(let from, let to)):
            removed = try await rows.removeUnmarked(MetricDayInput.self, days: from...max(from, to))
        case (.all, _): removed = try await markMissing()
        default: break
        }
        return removed
    }

    private func markMissing() async throws -> Int {
        try await rows.markUnmarkedDeleted(CampaignInput.self) + rows.markUnmarkedDeleted(AdGroupInput.self)
            + rows.markUnmarkedDeleted(CreativeInput.self) + rows.markUnmarkedDeleted(ProductInput.self)
            + rows.markUnmarkedDeleted(DealInput.self) + rows.markUnmarkedDeleted(BillingSubscriptionInput.self)
    }

    /// Pages that a newer whole listing has replaced are kept for some time and then go.
    func expireRaw(_ span: Span, of stream: SyncStream, days: Int) async throws {
        var filters: [Filter] = [
            .eq("connection_id", .string(source.connectionID)), .eq("stream", .string(stream.name)),
            .ne("run_id", .string(source.importID)), .eq("expires_at", .null),
        ]
        switch span {
        case .since: return
        case .all: break
        case .days(let from, let to): filters += [.gte("from", .string(from)), .lte("to", .string(to))]
        }
        _ = try await TenantCollection<RawRecord>(scope, database).update(
            .and(filters), [.set("expires_at", .date(clock.now().addingTimeInterval(Double(days) * 86_400)))],
            multi: true)
    }
}
