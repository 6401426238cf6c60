import BSON
import Foundation
import Testing

@Suite("BSON and Codable")
struct CodableTests {
    enum Kind: String, Codable { case normal, demo }

    struct Address: Codable, Equatable {
        var city: String
        var lines: [String]
    }

    struct Person: Codable, Equatable, BSONConvertible {
        var id: String
        var name: String?
        var age: Int
        var score: Double
        var small: Int32
        var byte: UInt8
        var isActive: Bool
        var kind: Kind
        var born: Date
        var photo: Data
        var site: URL?
        var homes: [Address]
        var byName: [String: Int]
        var maybe: [Int?]
        var raw: BSONValue
        var extra: BSONDocument
        var key: BSONObjectID

        enum CodingKeys: String, CodingKey {
            case id = "_id"
            case name, age, score, small, byte, kind, born, photo, site, homes, maybe, raw, extra, key
            case isActive = "is_active"
            case byName = "by_name"
        }
    }

    static let ann = Person(
        id: "usr_1", name: nil, age: 30, score: 1.5, small: 7, byte: 255, isActive: true, kind: .demo,
        born: Date(timeIntervalSince1970: 1.5), photo: Data([1, 2]), site: URL(string: "https://example.com/a"),
        homes: [Address(city: "Rome", lines: ["x", "y"])], byName: ["a": 1], maybe: [1, nil, 3], raw: ["deep": [1.5]],
        extra: ["x": "y"], key: BSONObjectID())

    @Test("a type with everything in it survives")
    func roundTrip() throws {
        let document = try Self.ann.bson()
        #expect(try Person(bson: BSONDocument(validating: document.bytes)) == Self.ann)
        #expect(document["name"] == nil && !document.keys.contains("name"))
        #expect(document["age"] == 30)
        #expect(document["small"] == .int32(7))
        #expect(document["born"] == .date(1500))
        #expect(document["photo"] == .binary(BSONBinary(bytes: [1, 2])))
        #expect(document["kind"] == "demo")
        #expect(document["raw"] == ["deep": [1.5]])
    }

    @Test("numbers of other widths, missing and null optionals are taken")
    func lenient() throws {
        struct Row: Codable, Equatable {
            var count: Int
            var ratio: Double
            var note: String?
            var flag: Bool?
        }
        let row = try BSONDecoder().decode(Row.self, from: ["flag": nil, "ratio": 2, "count": .double(7)])
        #expect(row == Row(count: 7, ratio: 2, note: nil, flag: nil))
    }

    @Test("what does not fit throws with the path of the key")
    func errors() throws {
        struct Outer: Codable { var inner: [Inner] }
        struct Inner: Codable { var n: Int }
        let bad: BSONDocument = ["inner": [["n": 1], ["n": "two"]]]
        do {
            _ = try BSONDecoder().decode(Outer.self, from: bad)
            Issue.record("decoded")
        } catch DecodingError.typeMismatch(_, let context) {
            #expect(context.codingPath.map(\.stringValue) == ["inner", "1", "n"])
        }
        #expect(throws: DecodingError.self) { try BSONDecoder().decode(Inner.self, from: [:]) }
        #expect(throws: DecodingError.self) { try BSONDecoder().decode(Inner.self, from: ["n": 1.5]) }
        #expect(throws: DecodingError.self) { try BSONDecoder().decode([Int].self, from: ["n": 1]) }
        #expect(throws: EncodingError.self) { try BSONEncoder().encode([1, 2]) }
        #expect(throws: EncodingError.self) { try BSONEncoder().encode(["n": UInt64.max]) }
        #expect(throws: EncodingError.self) { try JSONEncoder().encode(["n": BSONValue.int64(1)]) }
    }

    @Test("classes with a superclass and enums with payloads go through")
    func awkward() throws {
        class Base: Codable { var a = 1 }
        final class Derived: Base {
            var b = 2
            enum Keys: String, CodingKey { case b }
            override init() { super.init() }
            required init(from decoder: any Decoder) throws {
                let values = try decoder.container(keyedBy: Keys.self)
                b = try values.decode(Int.self, forKey: .b)
                try super.init(from: values.superDecoder())
            }
            override func encode(to encoder: any Encoder) throws {
                var values = encoder.container(keyedBy: Keys.self)
                try values.encode(b, forKey: .b)
                try super.encode(to: values.superEncoder())
            }
        }
        let derived = Derived()
        (derived.a, derived.b) = (5, 6)
        let document = try BSONEncoder().encode(derived)
        #expect(document == ["b": 6, "super": ["a": 5]])
        let again = try BSONDecoder().decode(Derived.self, from: document)
        #expect(again.a == 5 && again.b == 6)

        enum Shape: Codable, Equatable { case circle(radius: Double), none }
        let shapes: [String: Shape] = ["a": .circle(radius: 2), "b": .none]
        #expect(try BSONDecoder().decode([String: Shape].self, from: BSONEncoder().encode(shapes)) == shapes)
    }
}
