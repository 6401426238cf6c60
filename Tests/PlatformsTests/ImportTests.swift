import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Tenancy
import TestMongo
import Testing
import Waiting

@testable import Platforms

@Suite("Importing a file of orders")
struct ImportTests {
    @Test("upload, start, result: counts, customers, consent, audit")
    func whole() async throws {
        try await Office.open { office in
            let record = try await office.upload(Office.rows(3000) + "x,not a date,1,1\n")
            #expect(record.state == .uploaded && record.obstacles.isEmpty)
            let check = try await office.imports.dryRun(office.scope, record.id)
            #expect(check.accepted == 3000 && check.customers == 50 && check.quarantined == 1)
            let done = try await office.run(record.id)
            #expect(done.state == .finished)
            #expect(done.counts.rows == 3001 && done.counts.ordersNew == 3000 && done.counts.quarantined == 1)
            #expect(done.counts.customersNew == 50 && done.counts.consentsNew == 50)
            let state = try await office.state()
            #expect(state.orders == 3000 && state.customers == 50 && state.lastImportID == record.id)
            let problems = try await office.imports.problems(office.scope, record.id, limit: 10)
            #expect(problems.map(\.line) == [3002] && problems.first?.code == .badDate)
            let actions = try await office.database.collection("audit_log").find([:]).compactMap {
                $0["action"]?.stringValue
            }
            for action in ["import.uploaded", "consent.statement", "import.started", "import.finished"] {
                #expect(actions.contains(action), "\(action) in \(actions)")
            }
        }
    }

    @Test("an order on several rows is stored once with its lines, and counted so")
    func orderLines() async throws {
        try await Office.open { office in
            let file = """
                order,customer,date,amount,product,quantity
                o-1,a,2024-01-01,30,p,1
                o-1,,,,q,2
                o-2,b,2024-01-02,12,p,1

                """
            let record = try await office.upload(file)
            let check = try await office.imports.dryRun(office.scope, record.id)
            #expect(check.rows == 3 && check.accepted == 2 && check.further == 1)
            let done = try await office.run(record.id)
            #expect(done.counts.rows == 3 && done.counts.ordersNew == 2 && done.counts.further == 1)
            let orders = office.database.collection("orders")
            let first = try #require(try await orders.find(["external_id": "o-1"]).first)
            let lines = first["lines"]?.arrayValue?.map { $0.documentValue?["product"]?.stringValue }
            #expect(lines == ["p", "q"] && first["quantity"]?.intValue == 3)
            // The same rows without products are other orders: what was known of them goes.
            let plain = try await office.upload(file.replacing("product", with: "colour"))
            let after = try await office.run(plain.id)
            #expect(after.counts.ordersUpdated == 2 && after.counts.quarantined == 1)
            #expect(try await orders.count(["lines": ["$exists": true]]) == 0)
        }
    }

    @Test("the same file twice changes nothing")
    func twice() async throws {
        try await Office.open { office in
            let text = Office.rows(2500)
            _ = try await office.run(try await office.upload(text).id)
            let before = try await office.state()
            let second = try await office.upload(text)
            #expect(try await office.imports.earlier(office.scope, second) != nil)
            let done = try await office.run(second.id)
            #expect(done.counts.ordersNew == 0 && done.counts.ordersUnchanged == 2500)
            #expect(done.counts.customersNew == 0 && done.counts.consentsNew == 0)
            let after = try await office.state()
            #expect(after.orders == before.orders && after.revenueMinor == before.revenueMinor)
        }
    }

    @Test("undo removes exactly that import")
    func undo() async throws {
        try await Office.open { office in
            _ = try await office.run(try await office.upload(Office.rows(1200, customers: 30)).id)
            let before = try await office.state()
            let second = try await office.upload(Office.rows(1500, customers: 40, from: 300))
            _ = try await office.run(second.id)
            #expect(try await office.state().customers == 40)
            _ = try await office.imports.startUndo(office.scope, second.id)
            #expect(try await office.work(until: second.id).state == .undone)
            let after = try await office.state()
            #expect(after.orders == before.orders && after.revenueMinor == before.revenueMinor)
            #expect(after.customers == before.customers && after.buyers == before.buyers)
        }
    }

    @Test("two imports at once wait for each other and both end right")
    func atOnce() async throws {
        try await Office.open { office in
            let first = try await office.upload(Office.rows(2000))
            let second = try await office.upload(Office.rows(2000, from: 1000))
            _ = try await office.imports.start(office.scope, first.id, confirmation: ConsentConfirmation())
            _ = try await office.imports.start(office.scope, second.id, confirmation: ConsentConfirmation())
            let worker = Task { try await office.runner().run() }
            defer { worker.cancel() }
            let one = try await office.work(until: first.id)
            let two = try await office.work(until: second.id)
            #expect(one.state == .finished && two.state == .finished)
            #expect(one.counts.ordersNew + two.counts.ordersNew == 3000)
            #expect(try await office.state().orders == 3000)
        }
    }

    @Test("a worker killed in the middle: another one goes on, nothing is counted twice")
    func killed() async throws {
        try await Office.open { office in
            let record = try await office.upload(Office.rows(20_000, customers: 400))
            _ = try await office.imports.start(office.scope, record.id, confirmation: ConsentConfirmation())
            let first = Task { try await office.runner(lease: .seconds(1)).run() }
            _ = try await eventually {
                try await office.database.collection("orders").count([:], limit: 3000) >= 3000
            }
            first.cancel()
            _ = await first.result
            let done = try await office.work(until: record.id)
            #expect(done.state == .finished && done.counts.ordersNew == 20_000 && done.counts.rows == 20_000)
            #expect(done.counts.customersNew == 400 && done.counts.consentsNew == 400)
            #expect(try await office.state().orders == 20_000)
        }
    }

    @Test("an upload cut off half way leaves nothing behind")
    func cutOff() async throws {
        try await Office.open { office in
            let stream = Stream(chunks: [Array(Office.rows(100).utf8)], breaksOff: true)
            await #expect(throws: Stream.BrokenOff.self) {
                _ = try await office.imports.receive(office.scope, fileName: "a.csv", chunks: stream)
            }
            let registered = try await office.imports.list(office.scope, limit: 10)
            #expect(registered.isEmpty)
            let left = FileManager.default.enumerator(atPath: office.folder)?.compactMap { $0 as? String } ?? []
            #expect(left.allSatisfy { !$0.hasSuffix(".csv") && !$0.hasSuffix(".part") })
        }
    }

    static let refused: [(String, [UInt8], String)] = [
        ("empty", [], "empty"), ("header only", Array("customer,date,amount\n".utf8), "header_only"),
        ("zip renamed", [0x50, 0x4B, 3, 4, 0, 0, 0, 0, 0, 0], "file_kind_zip"),
        ("one long line", [UInt8](repeating: 0x61, count: 9 << 20), "line_too_long"),
        ("an open quote", Array("a,b,c\n\"".utf8) + [UInt8](repeating: 0x61, count: 9 << 20), "quote_too_long"),
    ]

    @Test("files that cannot be read are refused with their reason, and not registered", arguments: refused.indices)
    func refusals(index: Int) async throws {
        let (name, bytes, code) = Self.refused[index]
        try await Office.open { office in
            do {
                _ = try await office.upload(bytes)
                Issue.record("\(name) was taken in")
            } catch ImportError.unreadable(let failure) {
                #expect(failure.code == code, "\(name)")
            }
            let registered = try await office.imports.list(office.scope, limit: 10)
            #expect(registered.isEmpty)
        }
    }

    @Test("an unreadable line far into the file: what stands before it counts, the rest is told")
    func lateLongLine() async throws {
        try await Office.open { office in
            let text = Office.rows(30_000) + String(repeating: "x", count: 9 << 20) + "\n"
            let record = try await office.upload(text)
            let failed = try await office.run(record.id)
            #expect(failed.state == .failed && failed.failure?.code == "line_too_long")
            #expect(failed.failure?.arguments["line"] == "30002")
            #expect(try await office.state().orders > 0)
        }
    }

    @Test("a missing column and doubtful dates keep an import from starting")
    func obstacles() async throws {
        try await Office.open { office in
            let missing = try await office.upload("date,amount\n2024-01-01,1\n")
            await #expect(throws: ImportError.mappingIncomplete([.customer])) {
                _ = try await office.imports.start(office.scope, missing.id, confirmation: nil)
            }
            let doubtful = try await office.upload("customer,date,amount\na,01/02/2024,1\nb,03/04/2024,2\n")
            await #expect(throws: ImportError.ambiguousDates) {
                _ = try await office.imports.start(office.scope, doubtful.id, confirmation: nil)
            }
            let mapped = try await office.imports.map(
                office.scope, doubtful.id, MappingChange(dateFormat: .monthFirst))
            #expect(mapped.obstacles.isEmpty)
            let done = try await office.run(mapped.id, consent: false)
            #expect(done.state == .finished && done.counts.consentsNew == 0)
            let again = try await office.upload("customer,date,amount\nc,05/06/2024,1\nd,07/08/2024,2\n")
            #expect(again.isMappingConfirmed && again.mapping.dateFormat == .monthFirst)
        }
    }

    @Test("a wrong delimiter is corrected by hand")
    func delimiter() async throws {
        try await Office.open { office in
            let record = try await office.upload("customer~date~amount\na~2024-01-01~1\n")
            #expect(record.detected.columns.count == 1)
            let mapped = try await office.imports.map(office.scope, record.id, MappingChange(delimiter: "~"))
            #expect(mapped.detected.columns.map(\.name) == ["customer", "date", "amount"] && mapped.obstacles.isEmpty)
        }
    }

    @Test("card numbers are refused and counted, and the file does not stay")
    func cards() async throws {
        try await Office.open { office in
            let record = try await office.upload(
                "customer,date,amount,note\na,2024-01-01,1,4111111111111111\nb,2024-01-01,1,x\n")
            let done = try await office.run(record.id)
            #expect(done.counts.cardNumbers == 1 && done.counts.ordersNew == 1 && done.fileRemoved)
            let left = FileManager.default.enumerator(atPath: office.folder)?.compactMap { $0 as? String } ?? []
            #expect(left.allSatisfy { !$0.hasSuffix(".csv") })
        }
    }

    @Test("another organization cannot see, map, run or undo an import")
    func tenants() async throws {
        try await Office.open { office in
            let record = try await office.upload(Office.rows(10))
            let organization = Organization(
                id: "org_other", name: "Other", slug: "other", createdAt: Date(timeIntervalSince1970: 0))
            let other = try await office.memberships.createOrganization(organization, owner: "usr_o", ownerName: "Eve")
            let seen = try await office.imports.list(other, limit: 10)
            #expect(seen.isEmpty)
            await #expect(throws: ImportError.notFound) { _ = try await office.imports.get(other, record.id) }
            await #expect(throws: ImportError.notFound) {
                _ = try await office.imports.map(other, record.id, MappingChange())
            }
            await #expect(throws: ImportError.notFound) {
                _ = try await office.imports.start(other, record.id, confirmation: nil)
            }
            #expect(try await office.imports.problems(other, record.id, limit: 10).isEmpty)
        }
    }
}
