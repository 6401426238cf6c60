import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Web

@Suite struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return writer.text
    }

    @Test("every kind of value, with commas where they belong")
    func values() {
        let text = written { json in
            json.object { json in
                json.field("a", 1)
                json.field("b", "x")
                json.field("none", String?.none)
                json.field("double", 0.1)
                json.field("nan", Double.nan)
                json.field("flag", true)
                json.array("list", [1, 2]) { json, item in json.value(item) }
                json.array("empty") { _ in }
                json.object("inner") { json in json.money("value", minor: -1250, currency: "EUR") }
                json.field("at", Date(timeIntervalSince1970: 0))
                json.field("ms", Date(timeIntervalSince1970: 1_700_000_000.123))
            }
        }
        let inner = #"{"value":{"amount_minor":-1250,"currency":"EUR"}}"#
        #expect(
            text == #"{"a":1,"b":"x","none":null,"double":0.1,"nan":null,"flag":true,"list":[1,2],"empty":[],"inner":"#
                + inner + #","at":"1970-01-01T00:00:00Z","ms":"2023-11-14T22:13:20.123Z"}"#)
    }

    @Test(
        "text is escaped so that any reader gets it back",
        arguments: [
            "", "plain", "quote \" backslash \\ slash /", "\u{0}\u{1}\u{1f}\n\r\t\u{8}\u{c}", "ñ 漢字 😀", "</script>",
            "\"", String(repeating: "x\"", count: 100),
        ])
    func escapes(_ text: String) throws {
        let json = written { $0.value(text) }
        let back = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed) as? String
        #expect(back == text)
        #expect(try JSONParser.parse(Array(json.utf8)) == .string(text))
    }

    @Test("numbers come back exactly", arguments: [0, 1, -1, 9, 10, 99, 100, Int.max, Int.min, 1_234_567_890])
    func integers(_ number: Int) throws {
        #expect(written { $0.value(number) } == String(number))
    }

    @Test(
        "doubles round-trip",
        arguments: [0.1, 1e300, -2.5e-10, 1.0, .pi, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude])
    func doubles(_ number: Double) throws {
        #expect(try JSONParser.parse(Array(written { $0.value(number) }.utf8)).doubleValue == number)
    }
}

@Suite struct JSONParserTests {
    @Test(
        "well-formed values",
        arguments: [
            ("null", .null), (" [1, -2.5, 1e3] ", [1, -2.5, .double(1000)]), (#"{"a":{"b":[]}}"#, ["a": ["b": []]]),
            (#""\u00e9\ud83d\ude00""#, "é😀"), ("9223372036854775807", .int(.max)),
            ("9223372036854775808", .double(0x1p63)),
        ] as [(String, JSONValue)])
    func good(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONParser.parse(Array(text.utf8)) == value)
    }

    @Test(
        "hostile or broken text is refused, never a crash",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "nul", "01", "1.", "1e", "-", "+1", "\"abc", "\"\\x\"",
            "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\u+123\"", "\"\u{1}\"", "[1] 2", "{\"a\":1,\"a\":2}",
            "{\"$where\":1}", "{\"a.b\":1}", "{\"a\":{\"$gt\":\"\"}}", "1e999", "{\"\u{0}\":1}",
        ])
    func bad(_ text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test("bytes that are no UTF-8 are refused")
    func utf8() {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0xFF, 0xFE, 0x22]) }
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0xC0, 0x80, 0x22]) }
    }

    @Test("thirty-two levels are read, thirty-three are not")
    func depth() throws {
        func nested(_ count: Int) -> [UInt8] {
            Array((String(repeating: "[", count: count) + String(repeating: "]", count: count)).utf8)
        }
        _ = try JSONParser.parse(nested(32))
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(nested(33)) }
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(repeating: 0x5B, count: 1_000_000)) }
    }

    @Test("random bytes and random cuts never crash")
    func fuzz() {
        let seed = Array(#"{"a":[1,2.5,"x\n\u00e9",{"b":null}],"c":true}"#.utf8)
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<20_000 {
            var bytes = Array(seed.prefix(random(seed.count + 1)))
            for _ in 0..<random(4) where !bytes.isEmpty { bytes[random(bytes.count)] = UInt8(random(256)) }
            _ = try? JSONParser.parse(bytes)
        }
    }
}

@Suite struct JSONBodyTests {
    struct Item: Codable, Equatable, Sendable {
        var name: String
        var amountMinor: Int
        var tags: [String]?
        enum CodingKeys: String, CodingKey {
            case name, tags
            case amountMinor = "amount_minor"
        }
    }

    struct Order: Codable, Equatable, Sendable {
        enum Status: String, Codable, Sendable { case open, paid }
        var id: String
        var at: Date
        var status: Status
        var items: [Item]
        var share: Double?
        var extra: [String: String]?
    }

    private func decode(_ text: String) throws -> Order {
        try JSONBody.decode(Order.self, from: try JSONParser.parse(Array(text.utf8)))
    }

    private let good =
        #"{"id":"o1","at":"2026-11-21T10:00:00Z","status":"paid","items":[{"name":"a","amount_minor":5}],"extra":{"x":"y"}}"#

    @Test("a body becomes its command")
    func decodes() throws {
        let order = try decode(good)
        #expect(order.items == [Item(name: "a", amountMinor: 5)])
        #expect(order.at == Date(timeIntervalSince1970: 1_795_255_200))
        #expect(order.extra == ["x": "y"])
    }

    @Test(
        "unknown fields are 400 at any depth",
        arguments: [
            (#""status":"#, #""admin":true,"status":"#, "admin"),
            (#""amount_minor":5"#, #""amount_minor":5,"price":1"#, "items.0.price"),
        ])
    func unknown(_ old: String, _ new: String, _ path: String) {
        #expect { try decode(good.replacing(old, with: new)) } throws: { error in
            let problem = error as? Problem
            return problem?.status == .badRequest && problem?.code == "unknown_field"
                && problem?.errors.first?.field == path
        }
    }

    @Test(
        "missing and mistyped fields are 422 with their path",
        arguments: [
            (#""id":"o1","#, "", "id", "required"),
            (#""amount_minor":5"#, #""amount_minor":"5""#, "items.0.amount_minor", "type"),
            (#""amount_minor":5"#, #""amount_minor":5.5"#, "items.0.amount_minor", "type"),
            (#""paid""#, #""lost""#, "status", "invalid"), ("2026-11-21T10:00:00Z", "yesterday", "at", "type"),
            (#"[{"name""#, #"{"x":1},"y":[{"name""#, "items", "type"), (#""o1""#, "null", "id", "type"),
        ])
    func invalid(_ old: String, _ new: String, _ path: String, _ code: String) {
        #expect { try decode(good.replacing(old, with: new)) } throws: { error in
            let problem = error as? Problem
            return problem?.status.code == 422 && problem?.errors.first?.field == path
                && problem?.errors.first?.code == code
        }
    }

    @Test("the route refuses other types, empty, broken and oversized bodies")
    func route() async throws {
        let operation = APIOperation(id: "make", summary: "Makes.", body: APIBody(.any), responses: [])
        let app = Site().app(api: [
            APIRoute(.post, "orders", .open, operation) { request, context in
                let order = try await JSONBody.decode(Order.self, request, context)
                return .json { json in json.value(order.id) }
            }
        ])
        try await test(app) { client in
            let cases: [(body: String, type: String?, status: Int)] = [
                (good, "application/json", 200), (good, "application/json; charset=utf-8", 200),
                (good, "text/plain", 415), (good, nil, 415), ("", "application/json", 400),
                ("{", "application/json", 400),
                (#"{"id":"\#(String(repeating: "x", count: 1_100_000))"}"#, "application/json", 413),
            ]
            for (body, type, status) in cases {
                var headers = HTTPFields()
                headers[.contentType] = type
                try await client.execute(
                    uri: "/api/v1/orders", method: .post, headers: headers, body: ByteBuffer(string: body)
                ) { response in
                    #expect(response.status.code == status)
                }
            }
        }
    }
}

@Suite struct CursorTests {
    @Test("a cursor comes back as it was, for its own list only")
    func roundTrip() throws {
        let position: JSONValue = ["at": 1_700_000_000_123, "id": "cus_1"]
        let text = Cursor.encode(position, for: "customers")
        #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        #expect(try Cursor.decode(text, for: "customers") == position)
        #expect(throws: Problem.self) { try Cursor.decode(text, for: "orders") }
    }

    @Test("a damaged cursor is 400")
    func damaged() {
        let text = Cursor.encode(["id": "a"], for: "x")
        for index in text.indices {
            var copy = text
            copy.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
            guard copy != text else { continue }
            #expect(throws: Problem.self) { try Cursor.decode(copy, for: "x") }
        }
        for bad in ["", "a", "????", "====", String(repeating: "A", count: 5000)] {
            #expect(throws: Problem.self) { try Cursor.decode(bad, for: "x") }
        }
    }
}
