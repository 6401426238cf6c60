import BSON
import Customers
import Foundation
import Testing

@testable import Platforms

@Suite("Files of JSON lines")
struct JSONLTests {
    static let orders = """
        {"customer":"c1","date":"2026-01-05","amount":12.5,"address":{"country":"ES"},"note":null}
        {"customer":"c2","date":"2026-01-06","amount":"7.00","currency":"EUR"}

        {"amount":3,"date":"2026-01-07","customer":"c1","order_id":17}
        [1,2]
        {"customer":"c9","date":"2026-01-07","amount":
        {"customer":"c3","date":"not a day","amount":1}
        """

    @Test("names become columns, nested ones with dots; the header is never a row")
    func detection() throws {
        let detected = try detect(Self.orders)
        #expect(detected.form == .jsonl)
        #expect(
            detected.columns.map(\.name) == [
                "customer", "date", "amount", "address.country", "currency", "order_id",
            ])
        #expect(detected.preview.first == ["c1", "2026-01-05", "12.5", "ES", "", ""])
    }

    @Test("the same mapping, dry run, import and undo as a table")
    func whole() async throws {
        try await Office.open { office in
            let record = try await office.upload(Self.orders, name: "orders.jsonl")
            #expect(record.mapping.template == .orders && record.obstacles.isEmpty)
            #expect(record.mapping[.country] == 3)
            let check = try await office.imports.dryRun(office.scope, record.id)
            #expect(check.rows == 6 && check.accepted == 3 && check.customers == 2)
            #expect(check.problems.map(\.code) == [.notJSON, .notJSON, .badDate])
            #expect(check.problems.map(\.line) == [5, 6, 7])
            let done = try await office.run(record.id)
            #expect(done.state == .finished && done.counts.ordersNew == 3 && done.counts.quarantined == 3)
            let state = try await office.state()
            #expect(state.orders == 3 && state.customers == 2)
            let again = try await office.run(try await office.upload(Self.orders).id)
            #expect(again.counts.ordersNew == 0 && again.counts.ordersUnchanged == 3)
            _ = try await office.imports.startUndo(office.scope, record.id)
            #expect(try await office.work(until: record.id).state == .undone)
            #expect(try await office.state().orders == 0)
        }
    }

    @Test("chunks of any size give the same records", arguments: [1, 2, 3, 7, 64, 4096])
    func chunks(size: Int) throws {
        var lines = JSONLines(columnNames: ["a", "b.c", "tags"])
        let text = "{\"a\":1,\"b\":{\"c\":\"é,\\\"x\\\"\"}}\r\n\n{\"tags\":[\"p\",\"q\"],\"z\":5}\n{\"a\":true}"
        var found: [[String]] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            try lines.feed(Array(bytes[start..<min(start + size, bytes.count)])) { found.append($0.texts) }
        }
        try lines.finish { found.append($0.texts) }
        #expect(found == [["1", "é,\"x\"", ""], ["", "", "p;q"], ["true", "", ""]])
    }

    @Test("a line without an end stops the reading, with its number")
    func endless() throws {
        var lines = JSONLines(columnNames: ["a"])
        try lines.feed(Array("{\"a\":1}\n{\"a\":\"".utf8)) { _ in }
        #expect(throws: CSVError.recordTooLong(line: 2, limit: 8 << 20, quoteLine: nil)) {
            try lines.feed([UInt8](repeating: 0x61, count: 9 << 20)) { _ in }
        }
    }
}
