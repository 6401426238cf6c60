import BSON
import Customers
import Foundation
import Mongo
import Records
import Testing

@testable import Platforms

@Suite("What a source says no more of a row is no longer stored")
struct UnsaidTests {
    /// The keys of a row that was written in full first, and of one that was never more than it is now.
    private func keys<Row: RecordRow>(
        _ office: Office, full: Row, plain: Row, other: Row, in name: String
    ) async throws -> (changed: Set<String>, fresh: Set<String>) {
        for (number, rows) in [[full], [plain, other]].enumerated() {
            _ = try await writer(office, number, name).write(rows)
        }
        let rows = try await office.database.collection(name).find([:])
        func keys(_ id: String) throws -> Set<String> {
            Set(try #require(rows.first { $0["external_id"]?.stringValue == id }).keys)
        }
        return (try keys(plain.externalID), try keys(other.externalID))
    }

    /// Of the first or the second import.
    private func writer(_ office: Office, _ number: Int, _ stream: String) -> RecordWriter {
        RecordWriter(
            office.scope, office.database,
            source: WriteSource(connectionID: "con_1", platform: "csv", label: "CSV", importID: "imp_\(number)"),
            stream: stream, isUndoable: true, personID: { $0 })
    }

    @Test("a subscription that was taken up again has no end")
    func subscription() async throws {
        try await Office.open { office in
            let start = Date(timeIntervalSince1970: 1_760_000_000)
            func row(_ id: String) -> BillingSubscriptionInput {
                BillingSubscriptionInput(
                    externalID: id, status: "active", amountMinor: 900, currency: "EUR", interval: "month")
            }
            var ended = row("s-1")
            ended.cancelAt = start
            ended.canceledAt = start
            ended.cancelReason = "price"
            let found = try await keys(
                office, full: ended, plain: row("s-1"), other: row("s-2"), in: "billing_subscriptions")
            #expect(found.changed == found.fresh)
        }
    }

    @Test("figures that a day has no more are gone, and undoing brings them back")
    func figures() async throws {
        try await Office.open { office in
            func row(_ entity: String, clicks: Int64?) -> MetricDayInput {
                var row = MetricDayInput(
                    level: "campaign", entityExternalID: entity, day: "2026-01-05", timeZone: "UTC", source: "podcast",
                    currency: "EUR")
                row.clicks = clicks
                return row
            }
            let found = try await keys(
                office, full: row("a", clicks: 8), plain: row("a", clicks: nil), other: row("b", clicks: nil),
                in: "metric_days")
            #expect(found.changed == found.fresh && !found.fresh.contains("clicks"))
            try await writer(office, 1, "metric_days").undo(MetricDayInput.self)
            let rows = try await office.database.collection("metric_days").find([:])
            #expect(rows.count == 1 && rows.first?["clicks"]?.int64Value == 8)
        }
    }
}
