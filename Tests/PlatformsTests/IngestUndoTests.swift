import BSON
import Customers
import Foundation
import Jobs
import Logging
import Mongo
import Tenancy
import Testing
import Waiting
import Web

@testable import Platforms

@Suite("Taking back what programs sent")
struct IngestUndoTests {
    private typealias Row = [String: Any]

    private struct Sent {
        let id: String
        let written: [Int]
    }

    private func send(_ office: Office, _ type: String, _ rows: [Row]) async throws -> Sent {
        let ingest = Ingest(imports: office.imports)
        let run = try await ingest.open(office.scope, try #require(IngestType(rawValue: type)), requestID: "req")
        var answer = IngestAnswer(run.type, id: run.source.importID)
        let lines = try rows.enumerated().map { index, row in
            let bytes = Array(try JSONSerialization.data(withJSONObject: row))
            return IngestLine(index: index, content: .success(try JSONParser.parse(bytes)))
        }
        answer.add(try await run.take(lines))
        #expect(answer.count(.refused) == 0, "\(type)")
        try await ingest.close(office.scope, run, answer, requestID: "req")
        return Sent(id: answer.id, written: [answer.count(.created), answer.count(.updated)])
    }

    private func undo(_ office: Office, _ id: String) async throws {
        let ingest = Ingest(imports: office.imports)
        let job = try await ingest.startUndo(office.scope, id, requestID: "req").job
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let runner = JobRunner(
            database: office.database, handlers: [UndoIngestJob(office.imports)],
            configuration: JobRunnerConfiguration(pollInterval: .milliseconds(50)), logger: logger)
        let worker = Task { try await runner.run() }
        // The job, not the request's state: between the two the connection is let go of for the next one.
        let hasEnded = try await eventually(within: .seconds(120)) {
            try await office.imports.queue.get(job.id, partition: office.scope.organizationID)?.state.isFinal == true
        }
        worker.cancel()
        // The next undo's job is not for this worker, which would let go of it only with its lease.
        _ = await worker.result
        #expect(hasEnded)
        #expect(try await ingest.request(office.scope, id).state == .undone)
    }

    /// Everything stored, without what only tells when it was written.
    private func state(_ office: Office) async throws -> [String] {
        let passing: Set = ["updated_at", "version", "last_synced_at"]
        var lines: [String] = []
        for name in [
            "customers", "consent_records", "orders", "events", "metric_days", "metric_minutes", "products", "payments",
            "usage_periods", "order_days", "replaced_orders", "replaced_profiles", "replaced_records",
        ] {
            for document in try await office.database.collection(name).find([:]) {
                let told = document.elements().filter { !passing.contains($0.key) }
                lines.append(name + " " + told.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " "))
            }
        }
        return lines.sorted()
    }

    private static let when = "2026-01-05T10:00:00Z"

    private static func money(_ minor: Int) -> Row { ["amount_minor": minor, "currency": "USD"] }

    /// Two rows of each type, and the first as it is changed later; consents and events are never changed, only added.
    private static var rows: [(type: String, first: Row, second: Row, changed: Row)] {
        func event(_ id: String, _ type: String) -> Row {
            ["id": id, "event_type": type, "ts": when, "customer_id": "c-1"]
        }
        func order(_ id: String, _ minor: Int) -> Row {
            ["id": id, "customer_id": "c-1", "placed_at": when, "total": money(minor)]
        }
        func day(_ clicks: Int, _ entity: String) -> Row {
            ["day": "2026-01-01", "level": "campaign", "entity_id": entity, "source": "podcast", "clicks": clicks]
        }
        func minute(_ value: Int, _ entity: String) -> Row {
            ["ts_minute": when, "metric": "clicks", "level": "site", "entity_id": entity, "value": value]
        }
        func payment(_ id: String, _ minor: Int) -> Row {
            ["id": id, "kind": "charge", "occurred_at": when, "amount": money(minor)]
        }
        func consent(_ customer: String, _ state: String) -> Row {
            ["customer_id": customer, "purpose": "email_marketing", "state": state, "collected_at": when]
        }
        func usage(_ account: String, _ logins: Int) -> Row {
            ["account_id": account, "from": "2026-01-01", "to": "2026-01-31", "logins": logins]
        }
        return [
            (
                "customers", ["id": "c-1", "email": "ana@example.com", "country": "ES"], ["id": "c-2"],
                ["id": "c-1", "email": "ana@example.com", "country": "FR", "tags": ["vip"]]
            ),
            ("orders", order("o-1", 1250), order("o-2", 300), order("o-1", 9900)),
            ("events", event("e-1", "page_view"), event("e-2", "click"), event("e-1", "search")),
            ("metric-days", day(4, "7"), day(5, "8"), day(9, "7")),
            ("metric-minutes", minute(4, "a"), minute(5, "b"), minute(9, "a")),
            (
                "products", ["id": "p-1", "title": "Shirt"], ["id": "p-2", "title": "Scarf"],
                ["id": "p-1", "title": "Linen shirt"]
            ),
            ("payments", payment("x-1", 100), payment("x-2", 200), payment("x-1", 101)),
            ("consents", consent("c-1", "granted"), consent("c-2", "granted"), consent("c-1", "withdrawn")),
            ("usage", usage("a-1", 4), usage("a-2", 5), usage("a-1", 6)),
        ]
    }

    @Test(
        "each type: the same again adds nothing, and undo returns the state before, request by request",
        arguments: rows.indices)
    func everyType(index: Int) async throws {
        try await Office.open { office in
            let (type, first, second, changed) = Self.rows[index]
            let one = try await send(office, type, [first])
            #expect(one.written == [1, 0], "\(type)")
            let before = try await state(office)
            let again = try await send(office, type, [first])
            #expect(again.written == [0, 0], "\(type)")
            #expect(try await state(office) == before, "\(type)")
            let isOnlyAdded = type == "consents"
            let two = try await send(office, type, [changed, second])
            #expect(two.written == (isOnlyAdded ? [2, 0] : [1, 1]), "\(type)")
            #expect(try await state(office) != before, "\(type)")
            if !isOnlyAdded {
                let early = await #expect(throws: Problem.self) { try await undo(office, one.id) }
                #expect(early?.code == "ingest_later" && early?.detail?.contains(two.id) == true, "\(type)")
            }
            try await undo(office, two.id)
            let undone = try await state(office)
            #expect(undone == before, "\(type): \(Set(undone).symmetricDifference(before).sorted())")
            try await undo(office, one.id)
            #expect(try await state(office) == [], "\(type)")
        }
    }

    @Test("people whom a later request names stay, and nothing is left of what was told of them")
    func shared() async throws {
        try await Office.open { office in
            let people = try await send(office, "customers", [Self.rows[0].first, Self.rows[0].second])
            _ = try await send(office, "orders", [Self.rows[1].first])
            try await undo(office, people.id)
            let left = try await office.database.collection("customers").find([:])
            #expect(left.compactMap { $0["external_id"]?.stringValue } == ["c-1"])
            #expect(left.first?["country"] == nil && left.first?["pii"] == nil && left.first?["location"] == nil)
            #expect(left.first?["orders_count"]?.int64Value == 1)
        }
    }
}
