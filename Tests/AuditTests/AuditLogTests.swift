import BSON
import Foundation
import Mongo
import Testing
import Vault

@testable import Audit
@testable import Tenancy

@Suite("The audit log in the database")
struct AuditLogTests {
    @Test("rows are numbered without gaps per organization and hang on each other")
    func record() async throws {
        try await withLog { (log, _, time) async throws in
            let a = TenantScope.test("org_A")
            let b = TenantScope.test("org_B")
            for number in 1...5 {
                let row = try await log.record(a, .sample(number), requestID: "req_\(number)")
                #expect(row.seq == number)
                time.advance(by: 1)
            }
            #expect(try await log.record(b, .sample(1)).seq == 1)
            let found = try await log.search(a, AuditQuery())
            #expect(found.records.map(\.row.seq) == [5, 4, 3, 2, 1])
            #expect(found.next == nil)
            let newest = try #require(found.records.first)
            #expect(newest.row.prevHash == found.records[1].row.hash)
            #expect(newest.row.requestID == "req_5")
            #expect(newest.row.retentionUntil.timeIntervalSince(newest.row.ts) == 2555 * 86_400)
            #expect(newest.payload?.actorName == "Ann Lee")
            #expect(newest.payload?.address == "192.0.2.1")
            #expect(newest.payload?.details?["a.b"] == "odd $key")
            let read = try #require(try await log.get(a, id: newest.row.id))
            #expect(read.row == newest.row)
            #expect(try await log.get(b, id: newest.row.id) == nil)
            let verdict = try await log.verify(a)
            #expect(verdict.isIntact)
            #expect(verdict.rowsChecked == 5)
            #expect(verdict.head?.seq == 5)
        }
    }

    @Test("time never runs backwards inside a chain")
    func monotonic() async throws {
        try await withLog { (log, _, time) async throws in
            let scope = TenantScope.test("org_A")
            let first = try await log.record(scope, .sample(1))
            time.advance(by: -3600)
            #expect(try await log.record(scope, .sample(2)).ts == first.ts)
        }
    }

    @Test("many writers, two processes: no number twice, none left out, and the chain is whole")
    func concurrent() async throws {
        try await withLog { (log, database, _) async throws in
            let other = AuditLog(database: database)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...60 {
                    group.addTask {
                        let writer = number.isMultiple(of: 2) ? log : other
                        try await writer.record(.test("org_A", user: "usr_\(number)"), .sample(number))
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await TenantCollection<AuditRow>(.test("org_A"), database).find(sort: [.ascending("seq")])
            #expect(rows.map(\.seq) == Array(1...60))
            #expect(try await log.verify(.test("org_A")).isIntact)
        }
    }

    @Test("a thousand rows verify")
    func thousand() async throws {
        try await withLog { (log, _, _) async throws in
            let scope = TenantScope.test("org_A")
            for number in 1...1000 { try await log.record(scope, .sample(number)) }
            let clock = ContinuousClock()
            let start = clock.now
            let verdict = try await log.verify(scope)
            #expect(verdict.isIntact && verdict.rowsChecked == 1000)
            print("verified 1000 rows in \(clock.now - start)")
        }
    }

    @Test("a row written in a transaction comes and goes with it; rivals start over")
    func transaction() async throws {
        struct Undo: Error {}
        try await withLog { (log, database, _) async throws in
            let scope = TenantScope.test("org_A")
            await #expect(throws: Undo.self) {
                try await database.withTransaction { transaction in
                    try await log.record(scope, .sample(1), in: transaction)
                    throw Undo()
                }
            }
            #expect(try await log.search(scope, AuditQuery()).records.isEmpty)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...8 {
                    group.addTask {
                        try await database.withTransaction { transaction in
                            _ = try await log.record(scope, .sample(number), in: transaction)
                        }
                    }
                    group.addTask { try await log.record(scope, .sample(number)) }
                }
                try await group.waitForAll()
            }
            let verdict = try await log.verify(scope)
            #expect(verdict.isIntact)
            #expect(verdict.rowsChecked == 16)
        }
    }

    /// Ways to tamper with a log of ten rows behind the product's back, and what must be found.
    static let tamperings: [(String, [String: BSONValue], ChainBreak)] = [
        ("edit", ["action": "x"], ChainBreak(seq: 4, kind: .edited)),
        ("edit to nonsense", ["event": "nonsense"], ChainBreak(seq: 4, kind: .edited)),
        ("edit of the time", ["ts": .date(5)], ChainBreak(seq: 4, kind: .edited)),
    ]

    @Test("tampering in the database is found and located, whatever its kind", arguments: 0..<7)
    func tampering(kind: Int) async throws {
        try await withLog { (log, database, time) async throws in
            let scope = TenantScope.test("org_A")
            for number in 1...10 {
                try await log.record(scope, .sample(number))
                time.advance(by: 60)
            }
            #expect(try await log.verify(scope).isIntact)
            for spec in Audit.collections {
                _ = try await database.command(["collMod": .string(spec.name), "validator": [:]])
            }
            _ = try await database.command(["dropIndexes": "audit_log", "index": "seq"])
            let rows = database.collection("audit_log")
            let row: BSONDocument = ["organization_id": "org_A", "seq": 4]
            let expected: ChainBreak
            switch kind {
            case 0...2:
                let (_, fields, found) = Self.tamperings[kind]
                try await rows.update(row, ["$set": .document(BSONDocument(fields.map { ($0.key, $0.value) }))])
                expected = found
            case 3:
                try await rows.delete(row)
                expected = ChainBreak(seq: 4, kind: .missing)
            case 4:
                try await rows.update(row, ["$set": ["seq": -1]])
                try await rows.update(["organization_id": "org_A", "seq": 7], ["$set": ["seq": 4]])
                try await rows.update(["organization_id": "org_A", "seq": -1], ["$set": ["seq": 7]])
                expected = ChainBreak(seq: 4, kind: .swapped)
            case 5:
                var copy = try #require(try await rows.findOne(row))
                copy.set("_id", "aud_00000000000000000000000000")
                copy.set("action", "forged")
                try await rows.insert(copy)
                expected = ChainBreak(seq: 4, kind: .inserted)
            default:
                try await rows.delete(["organization_id": "org_A", "seq": ["$gte": 9]], multi: true)
                expected = ChainBreak(seq: 9, kind: .missing)
            }
            #expect(try await log.verify(scope).broken == expected)
        }
    }

    @Test("changed details are found; erased details are not a break")
    func details() async throws {
        try await withLog { (log, database, _) async throws in
            let ann = TenantScope.test("org_A")
            let bob = TenantScope.test("org_A", user: "usr_2", name: "Bob Ray")
            try await log.record(ann, .sample(1))
            try await log.record(bob, .sample(2))
            #expect(try await log.eraseDetails(ann, ofPerson: "usr_2") == 1)
            #expect(try await log.verify(ann).isIntact)
            let erased = try #require(try await log.search(ann, AuditQuery()).records.first { $0.row.seq == 2 })
            #expect(erased.payload == nil)
            for name in ["audit_log", "audit_payloads"] {
                let all = try await database.collection(name).find([:])
                #expect(!"\(all)".contains("Bob Ray"))
            }
            let payload = try #require(try await database.collection("audit_payloads").findOne(["actor_id": "usr_1"]))
            var body = try BSONDocument(validating: payload["body"]?.binaryValue?.bytes ?? [])
            body.set("address", "198.51.100.7")
            try await database.collection("audit_payloads").update(
                ["_id": payload["_id"] ?? nil], ["$set": ["body": .binary(BSONBinary(subtype: 0, bytes: body.bytes))]])
            #expect(try await log.verify(ann).broken == ChainBreak(seq: 1, kind: .edited, isInDetails: true))
        }
    }

    @Test("sealed details are unreadable in the database and do not open in another row")
    func sealed() async throws {
        let sealer = Sealer(try KeyRing([(id: "k1", key: [UInt8](repeating: 5, count: 32))]))
        try await withLog(sealer: sealer) { (log, database, _) async throws in
            let scope = TenantScope.test("org_A")
            try await log.record(scope, .sample(1))
            try await log.record(scope, .sample(2))
            let payloads = database.collection("audit_payloads")
            let stored = try await payloads.find([:])
            #expect(!stored.contains { String(decoding: $0.bytes, as: UTF8.self).contains("Ann Lee") })
            #expect(try await log.search(scope, AuditQuery()).records.first?.payload?.actorName == "Ann Lee")
            for (document, other) in [(stored[0], stored[1]), (stored[1], stored[0])] {
                try await payloads.update(
                    ["_id": document["_id"] ?? nil], ["$set": ["body": other["body"] ?? nil]])
            }
            #expect(try await log.search(scope, AuditQuery()).records.allSatisfy { $0.payload == nil })
        }
    }

    @Test("when the row cannot be written the act is refused")
    func failClosed() async throws {
        try await withLog { (log, database, _) async throws in
            _ = try await database.command(["collMod": "audit_log", "validator": ["never": ["$exists": true]]])
            await #expect(throws: MongoError.self) { try await log.record(.test("org_A"), .sample(1)) }
            await #expect(throws: MongoError.self) { try await log.record(.test("org_A"), .sample(1)) }
        }
    }

    @Test("search filters by event, person, resource, result and time, and pages by number")
    func search() async throws {
        try await withLog { (log, _, time) async throws in
            let scope = TenantScope.test("org_A")
            let start = time.now
            for number in 1...30 {
                let event: AuditEvent = number.isMultiple(of: 3) ? .login : .dataModification
                let person = TenantScope.test("org_A", user: number.isMultiple(of: 2) ? "usr_2" : "usr_1")
                try await log.record(
                    person,
                    AuditEntry(
                        event, "x.y", on: "customer", "cus_\(number % 5)", result: number == 7 ? .denied : .ok))
                time.advance(by: 60)
            }
            func seqs(_ change: (inout AuditQuery) -> Void) async throws -> [Int] {
                var query = AuditQuery()
                change(&query)
                #expect(try await log.count(scope, query) == log.search(scope, query, limit: 100).records.count)
                return try await log.search(scope, query, limit: 100).records.map(\.row.seq)
            }
            #expect(try await seqs { $0.events = [.login] } == stride(from: 30, through: 3, by: -3).map { $0 })
            #expect(try await seqs { $0.actorID = "usr_1" }.count == 15)
            #expect(try await seqs { $0.results = [.denied] } == [7])
            #expect(
                try await seqs {
                    $0.resourceType = "customer"; $0.resourceID = "cus_0"
                }.count == 6)
            #expect(
                try await seqs {
                    $0.from = start.addingTimeInterval(60 * 9)
                    $0.until = start.addingTimeInterval(60 * 12)
                } == [12, 11, 10])
            #expect(try await seqs { $0.from = start.addingTimeInterval(86_400) }.isEmpty)
            #expect(try await seqs { $0.until = start }.isEmpty)
            #expect(
                try await seqs {
                    $0.events = [.login]; $0.actorID = "usr_2"; $0.results = [.ok]
                } == [30, 24, 18, 12, 6])
            let page = try await log.search(scope, AuditQuery(), limit: 12)
            #expect(page.next == 19)
            let second = try await log.search(scope, AuditQuery(), before: page.next, limit: 12)
            #expect(second.records.map(\.row.seq) == Array((7...18).reversed()))
            #expect(try await log.search(.test("org_B"), AuditQuery()).records.isEmpty)
        }
    }

    @Test("an export verifies offline; every kind of tampering with the file is found")
    func export() async throws {
        try await withLog { (log, _, _) async throws in
            let scope = TenantScope.test("org_A")
            for number in 1...8 { try await log.record(scope, .sample(number)) }
            var bytes: [UInt8] = []
            for try await portion in try await log.export(scope) { bytes += portion }
            let lines = bytes.split(separator: 10).map(Array.init)
            #expect(lines.count == 10)
            let whole = try AuditFile.verify(lines)
            #expect(whole.isIntact && whole.rowsChecked == 9)

            func verify(_ change: (inout [[UInt8]]) -> Void) throws -> ChainBreak? {
                var copy = lines
                change(&copy)
                return try AuditFile.verify(copy).broken
            }
            #expect(try verify { $0.remove(at: 4) } == ChainBreak(seq: 4, kind: .missing))
            #expect(try verify { $0.removeLast() } == ChainBreak(seq: 9, kind: .missing))
            #expect(try verify { $0.swapAt(4, 7) } == ChainBreak(seq: 4, kind: .swapped))
            #expect(try verify { $0.swapAt(4, 5) } == ChainBreak(seq: 4, kind: .swapped))
            #expect(try verify { $0.insert($0[8], at: 4) } == ChainBreak(seq: 4, kind: .inserted))
            #expect(try verify { $0.insert(Array("{}".utf8), at: 4) } == ChainBreak(seq: 4, kind: .inserted))
            // Any changed byte of any row is an edit of that row.
            for index in stride(from: 0, to: lines[4].count, by: 97) {
                let found = try verify { $0[4][index] = $0[4][index] == 0x61 ? 0x62 : 0x61 }
                #expect(found?.seq == 4 && found?.kind == .edited, "byte \(index)")
            }
            #expect(throws: AuditFileError.notAnExport) { try AuditFile.verify([Array("hello".utf8)]) }

            let path = FileManager.default.temporaryDirectory.appending(path: "audit-\(UUID()).jsonl")
            try Data(bytes).write(to: path)
            defer { try? FileManager.default.removeItem(at: path) }
            #expect(try AuditFile.verify(path: path.path()) == whole)
            #expect(throws: AuditFileError.cannotOpen("/nowhere")) { try AuditFile.verify(path: "/nowhere") }
        }
    }
}
