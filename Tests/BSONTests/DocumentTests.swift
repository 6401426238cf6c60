import BSON
import Foundation
import Testing

@Suite("BSON documents")
struct DocumentTests {
    @Test("values are found, replaced, removed and merged by key")
    func editing() {
        var document: BSONDocument = ["a": 1, "b": "two", "c": [1, 2]]
        document["b"] = 3
        #expect(document == ["a": 1, "b": 3, "c": [1, 2]])
        document["d"] = true
        document["a"] = nil
        #expect(document == ["b": 3, "c": [1, 2], "d": true])
        #expect(document.removing(["c"]) == ["b": 3, "d": true])
        #expect(document.keeping(["c", "x"]) == ["c": [1, 2]])
        #expect(document.prepending("first", "!").keys == ["first", "b", "c", "d"])
        #expect(document.merging(["b": 9, "e": nil]) == ["c": [1, 2], "d": true, "b": 9, "e": nil])
        #expect(document["nothing"] == nil)
        #expect(document.count == 3)
        #expect(BSONDocument().isEmpty && !document.isEmpty)
    }

    @Test("numbers convert where nothing is lost")
    func numbers() throws {
        #expect(BSONValue.double(3).int64Value == 3)
        #expect(BSONValue.double(3.5).int64Value == nil)
        #expect(BSONValue.double(.infinity).int64Value == nil)
        #expect(BSONValue.int32(7).doubleValue == 7)
        #expect(BSONValue.string("7").int64Value == nil)
        let document: BSONDocument = ["n": 4, "x": 1.5]
        #expect(try document.int("n") == 4)
        #expect(throws: BSONError.self) { try document.int("x") }
        #expect(throws: BSONError.self) { try document.string("missing") }
    }

    @Test("dates keep milliseconds and survive extremes")
    func dates() {
        let date = Date(timeIntervalSince1970: 1_700_000_000.123)
        #expect(BSONValue.date(date) == .date(1_700_000_000_123))
        #expect(BSONValue.date(date).dateValue == date)
        #expect(BSONValue.date(Date(timeIntervalSince1970: .infinity)) == .date(.max))
        #expect(BSONValue.date(Date(timeIntervalSince1970: .nan)) == .date(Int64(0)))
    }

    @Test("object ids print as hexadecimal, parse back and differ")
    func objectIDs() {
        let ids = (0..<1000).map { _ in BSONObjectID() }
        #expect(Set(ids).count == 1000)
        #expect(ids.allSatisfy { BSONObjectID(hex: $0.description) == $0 && BSONObjectID(bytes: $0.bytes) == $0 })
        #expect(BSONObjectID(hex: "0123456789abcdef01234567")?.description == "0123456789abcdef01234567")
        for bad in ["", "0123", "0123456789abcdef0123456z", "+123456789abcdef01234567"] {
            #expect(BSONObjectID(hex: bad) == nil)
        }
    }

    @Test("a NUL in a key cannot forge structure")
    func nulInKey() throws {
        var document = BSONDocument()
        document.append("a\0\u{08}admin", false)
        document.append("pattern", .regex(pattern: "x\0y", options: ""))
        let checked = try BSONDocument(validating: document.bytes)
        #expect(checked.keys == ["a\u{FFFD}\u{08}admin", "pattern"])
        #expect(checked["pattern"] == .regex(pattern: "x\u{FFFD}y", options: ""))
        #expect(throws: BSONError.self) { try BSONEncoder().encode(["a\0b": 1]) }
    }
}
