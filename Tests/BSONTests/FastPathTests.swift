import BSON
import Foundation
import Testing

@Suite("BSON reader and writer")
struct FastPathTests {
    private static let date = Date(timeIntervalSince1970: 1_700_000_000)

    @Test("the writer makes the same bytes as values do")
    func writer() throws {
        var writer = BSONWriter()
        writer.append("s", "text")
        writer.append("i", 42)
        writer.append("i32", Int32(7))
        writer.append("d", 1.5)
        writer.append("b", true)
        writer.append("t", Self.date)
        writer.append("bin", [1, 2] as [UInt8])
        writer.append("doc", ["x": 1] as BSONDocument)
        writer.append("v", BSONValue.null)
        writer.appendIfPresent("left out", nil as String?)
        writer.document("sub") { sub in
            sub.append("a", 1)
            sub.document("deep") { $0.append("b", 2) }
        }
        writer.array("list") { list in
            for number in 0..<12 { list.append(number) }
            list.document { $0.append("in", "list") }
            list.array { $0.append("nested") }
        }
        let written = writer.finish()
        let numbers = (0..<12).map { BSONValue.int($0) }
        let expected: BSONDocument = [
            "s": "text", "i": 42, "i32": .int32(7), "d": 1.5, "b": true, "t": .date(Self.date),
            "bin": .binary(BSONBinary(bytes: [1, 2])), "doc": ["x": 1], "v": nil,
            "sub": ["a": 1, "deep": ["b": 2]], "list": .array(numbers + [["in": "list"], ["nested"]]),
        ]
        #expect(written == expected)
        #expect(try BSONDocument(validating: written.bytes) == expected)
    }

    @Test("an error thrown while writing an array comes out")
    func throwing() throws {
        struct Stop: Error {}
        var writer = BSONWriter()
        #expect(throws: Stop.self) {
            try writer.array("list") { (list) throws(Stop) in
                list.append(1)
                throw Stop()
            }
        }
    }

    @Test("the reader gives keys without strings and values by type")
    func reader() throws {
        let id = BSONObjectID()
        let document: BSONDocument = [
            "name": "Ann", "age": .int32(30), "score": 2, "since": .date(Self.date), "ok": true, "_id": .objectID(id),
            "tags": ["a", "b"], "home": ["city": "Rome"], "gone": nil,
        ]
        var seen: [String] = []
        var reader = BSONReader(document)
        while let field = try reader.next() {
            switch field.key {
            case "name": #expect(try field.string() == "Ann")
            case "age": #expect(try field.int() == 30 && field.double() == 30)
            case "score": #expect(try field.double() == 2)
            case "since": #expect(try field.date() == Self.date)
            case "ok": #expect(try field.bool())
            case "_id": #expect(try field.objectID() == id)
            case "tags": #expect(try field.array() == ["a", "b"])
            case "home":
                var inner = try field.reader()
                #expect(try inner.next()?.string() == "Rome")
                #expect(try inner.next()?.name == nil)
            case "gone": #expect(field.isNull)
            default: Issue.record("unexpected key \(field.name)")
            }
            seen.append(field.name)
        }
        #expect(seen == document.keys)
    }

    @Test("asking for the wrong type throws and names the key")
    func mismatch() throws {
        var reader = BSONReader(["name": 1])
        let field = try #require(try reader.next())
        #expect(throws: BSONError.self) { try field.string() }
        #expect(throws: BSONError.self) { try field.bool() }
        #expect(throws: BSONError.self) { try field.date() }
        #expect(throws: BSONError.self) { try field.reader() }
    }
}
