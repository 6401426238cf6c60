import BSON
import Foundation
import Testing

@Suite("BSON round trips")
struct RoundTripTests {
    @Test("a known document has the bytes of the specification's example")
    func specificationExample() throws {
        let document: BSONDocument = ["hello": "world"]
        let body: [UInt8] = [0x02] + Array("hello\0".utf8) + [6, 0, 0, 0] + Array("world\0".utf8)
        #expect(document.bytes == [0x16, 0, 0, 0] + body + [0])
    }

    @Test("every type survives bytes and back", arguments: Samples.values)
    func roundTrip(value: BSONValue) throws {
        let document: BSONDocument = ["before": 1, "x": value, "nested": ["a": [value, value]], "after": "end"]
        let again = try BSONDocument(validating: document.bytes)
        #expect(again == document)
        #expect(again["x"] == value)
        #expect(again["nested"]?.documentValue?["a"] == .array([value, value]))
        #expect(again["after"] == "end")
        #expect(again.count == 4)
    }
}
