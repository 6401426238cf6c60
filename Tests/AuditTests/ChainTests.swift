import BSON
import Foundation
import Testing

@testable import Audit
@testable import Tenancy

@Suite("A chain of audit rows, in memory")
struct ChainTests {
    private static let organization = "org_A"

    static func chain(_ count: Int) -> [AuditRow] {
        var head = ChainHead.start
        return (1...count).map { number in
            let payload = AuditPayload(.sample(number), by: .user(id: "usr_1", name: "Ann"), role: "owner")
            var row = AuditRow(
                id: "aud_\(number)", seq: 0, ts: Date(timeIntervalSince1970: Double(number)), event: .dataModification,
                action: "a.b", resourceType: "customer", resourceID: "cus_\(number)", result: .ok, actorType: "user",
                actorID: "usr_1", payloadRef: payload.id, payloadHash: payload.hash, retentionUntil: .distantPast,
                prevHash: "", hash: "")
            row.link(after: head, organizationID: organization)
            head = ChainHead(seq: row.seq, hash: row.hash, ts: row.ts)
            return row
        }
    }

    private func verify(_ rows: [AuditRow], head: AuditRow? = nil) -> ChainBreak? {
        var verifier = ChainVerifier(reach: 40)
        for row in rows { verifier.feed(CheckedRow(row, organizationID: Self.organization, payload: nil)) }
        return verifier.finish(head: head.map { ($0.seq, $0.hash) }).broken
    }

    @Test("a whole chain is whole, from none to many rows", arguments: [1, 2, 3, 50])
    func whole(count: Int) {
        let rows = Self.chain(count)
        #expect(verify(rows, head: rows.last) == nil)
        var empty = ChainVerifier()
        #expect(empty.finish() == AuditVerdict(rowsChecked: 0, head: nil, broken: nil))
    }

    @Test("an edit of any member of any row is found where it is", arguments: 1...6)
    func edited(seq: Int) {
        let rows = Self.chain(6)
        let edits: [(inout AuditRow) -> Void] = [
            { $0.action = "x" }, { $0.result = .denied }, { $0.actorID = "usr_9" }, { $0.ts += 1 },
            { $0.resourceID = nil },
            { $0.event = .login }, { $0.requestID = "r" }, { $0.payloadHash = "0" }, { $0.retentionUntil += 1 },
            { $0.prevHash = AuditRow.genesis.replacingOccurrences(of: "0", with: "f") }, { $0.hash = "00" },
            { $0.id = "x" },
            { $0.beforeHash = "1" }, { $0.actorType = "system" }, { $0.payloadRef = "aup_x" }, { $0.afterHash = "1" },
        ]
        for (index, edit) in edits.enumerated() {
            var copy = rows
            edit(&copy[seq - 1])
            #expect(verify(copy, head: rows.last) == ChainBreak(seq: seq, kind: .edited), "edit \(index)")
        }
    }

    @Test("an edit with its own hash recomputed is found by the link behind it", arguments: 1...6)
    func rewritten(seq: Int) {
        var rows = Self.chain(6)
        let head = rows[5]
        rows[seq - 1].action = "x"
        rows[seq - 1].hash = rows[seq - 1].computedHash(organizationID: Self.organization)
        #expect(verify(rows, head: head) == ChainBreak(seq: seq, kind: .edited))
    }

    @Test("a dropped row is missing", arguments: 1...6)
    func missing(seq: Int) {
        var rows = Self.chain(6)
        let head = rows[5]
        rows.remove(at: seq - 1)
        #expect(verify(rows, head: head) == ChainBreak(seq: seq, kind: .missing))
    }

    @Test("a row put in twice, or forged, is inserted")
    func inserted() {
        let rows = Self.chain(6)
        for place in 0..<6 {
            for source in 0..<6 where source != place && source != place - 1 {
                var copy = rows
                copy.insert(rows[source], at: place)
                #expect(verify(copy, head: rows[5])?.kind == .inserted, "row \(source + 1) at \(place)")
            }
            var copy = rows
            var forged = rows[place]
            forged.action = "forged"
            copy.insert(forged, at: place)
            #expect(verify(copy, head: rows[5]) == ChainBreak(seq: place + 1, kind: .inserted))
            forged.hash = forged.computedHash(organizationID: Self.organization)
            copy[place] = forged
            #expect(verify(copy, head: rows[5])?.kind == .inserted, "well forged at \(place)")
        }
    }

    @Test("two rows that changed places are swapped, wherever they stand")
    func swapped() {
        let rows = Self.chain(6)
        for first in 0..<5 {
            for second in (first + 1)..<6 {
                var copy = rows
                copy.swapAt(first, second)
                #expect(verify(copy, head: rows[5]) == ChainBreak(seq: first + 1, kind: .swapped), "\(first) \(second)")
                // In a database the numbers are exchanged instead, and the rows are read in their order.
                copy[first].seq = first + 1
                copy[second].seq = second + 1
                #expect(verify(copy, head: rows[5]) == ChainBreak(seq: first + 1, kind: .swapped), "\(first) \(second)")
            }
        }
    }

    @Test("a row of another organization does not verify here")
    func foreign() {
        var verifier = ChainVerifier(reach: 40)
        for row in Self.chain(3) { verifier.feed(CheckedRow(row, organizationID: "org_B", payload: nil)) }
        #expect(verifier.finish().broken == ChainBreak(seq: 1, kind: .edited))
    }

    @Test("canonical JSON has one spelling, and time survives the way there and back")
    func canonical() {
        let document: BSONDocument = [
            "b": 1, "a": ["z": nil, "y": [true, 1.5, 2.0]], "t": .date(1_700_000_000_007), "q": "\"\\\n\u{1}é",
        ]
        let text = String(decoding: CanonicalJSON.bytes(document), as: UTF8.self)
        #expect(
            text == #"{"a":{"y":[true,1.5,2],"z":null},"b":1,"q":"\"\\\n\u0001é","t":"2023-11-14T22:13:20.007Z"}"#)
        for milliseconds: Int64 in [0, 1, 999, 1_700_000_000_100, 4_102_444_800_000] {
            #expect(CanonicalJSON.milliseconds(CanonicalJSON.time(milliseconds)) == milliseconds)
        }
        #expect(CanonicalJSON.milliseconds("2023-11-14T22:13:20Z") == nil)
        #expect(CanonicalJSON.milliseconds("2023-11-14 22:13:20.007Z") == nil)
    }
}
