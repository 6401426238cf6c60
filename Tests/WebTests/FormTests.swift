import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Web

@Suite struct FormTests {
    @Test("fields, lists, checkboxes and escapes")
    func fields() throws {
        let form = try Form.parse(
            "email=a%40b.com&name=Jos%C3%A9+P%2B&tags%5B%5D=x&tags[]=y&tags=z&empty=&agree=on&flag")
        #expect(form["email"] == "a@b.com")
        #expect(form["name"] == "José P+")
        #expect(form.list("tags") == ["x", "y", "z"])
        #expect(form["missing"] == "" && form["empty"] == "")
        #expect(form.has("agree") && form.has("flag") && !form.has("missing"))
        #expect(form.names == ["email", "name", "tags[]", "tags", "empty", "agree", "flag"])
    }

    @Test(
        "broken escapes, bad UTF-8, NUL and floods are refused",
        arguments: [
            "a=%", "a=%4", "a=%zz", "a=%ff%fe", "a=%00", "%c3%28=1", String(repeating: "a=1&", count: 1001),
        ])
    func hostile(_ text: String) {
        #expect(throws: Problem.self) { try Form.parse(text) }
    }

    @Test("the route refuses other types and sizes")
    func route() async throws {
        let app = Site().app(pages: [
            page("/form", method: .post) { request, _ in text(try await Form.read(request)["a"], type: "text/plain") }
        ])
        try await test(app) { client in
            let type = "application/x-www-form-urlencoded"
            let cases: [(body: ByteBuffer, type: String, status: Int)] = [
                (ByteBuffer(string: "a=1"), type, 200),
                (ByteBuffer(string: "a=1"), "text/plain", 415),
                (ByteBuffer(bytes: [0x61, 0x3D, 0xFF]), type, 400),
                (ByteBuffer(string: "a=" + String(repeating: "x", count: 300_000)), type, 413),
                (ByteBuffer(string: "a=" + String(repeating: "x", count: 1_100_000)), type, 413),
            ]
            for (body, type, status) in cases {
                try await client.execute(
                    uri: "/form", method: .post, headers: [.contentType: type], body: body
                ) { response in
                    #expect(response.status.code == status)
                    if status == 200 { #expect(response.text == "1") }
                }
            }
        }
    }

    @Test("field errors speak through the catalogue")
    func errors() throws {
        let catalogue = try Catalogue.parse([
            .en: ["web": #"{"errors": {"required": "Please fill in.", "too_long": "At most {max}."}}"#]
        ])
        let words = Localizer(.en, catalogue: catalogue)
        var errors = FieldErrors()
        errors.require("name", "  ")
        errors.require("city", "x")
        errors.add("note", "too_long", ["max": "10"])
        #expect(errors.message("name", words) == "Please fill in.")
        #expect(errors.message("city", words) == nil)
        #expect(errors.summary(words).map(\.message) == ["Please fill in.", "At most 10."])
        #expect(errors.problem(words).errors.map(\.code) == ["required", "too_long"])
    }

    @Test(
        "only paths of ours are redirected to",
        arguments: [
            ("/x?y=1#z", true), ("/", true), ("//evil", false), ("/\\evil", false), ("https://evil", false),
            ("", false),
            ("/a\nb", false), ("/a b", false), ("javascript:alert(1)", false), ("/ñ", false), ("\\/evil", false),
        ])
    func redirects(_ path: String, _ isLocal: Bool) {
        #expect((LocalPath(path) != nil) == isLocal)
        #expect(Response.redirect(local: path).headers[.location] == (isLocal ? path : "/"))
    }
}

@Suite struct MultipartTests {
    private static let body = [
        "preamble is ignored\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nHello\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n",
        "--XX \r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\fakepath\\..\\or\\\"ders.csv\"\r\n",
        "Content-Type: text/csv\r\n\r\na,b\r\n1,2\r\n--X not a boundary\r\n-\r\n\r\n",
        "--XX--\r\nepilogue",
    ].joined()

    private func tokens(_ bytes: [UInt8], chunk: Int) throws -> (names: [String], data: [String], isComplete: Bool) {
        var parser = MultipartParser(boundary: "XX")
        var names: [String] = []
        var data: [String] = []
        var current: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + chunk)
            for token in try parser.feed(bytes[start..<end]) {
                switch token {
                case .part(let headers):
                    names.append(headers.first { $0.name == "content-disposition" }?.value ?? "")
                    current = []
                case .data(let bytes): current += bytes
                case .endOfPart: data.append(String(decoding: current, as: UTF8.self))
                }
            }
            start = end
        }
        return (names, data, parser.isComplete)
    }

    @Test("the same parts come out wherever the chunks are cut", arguments: [1, 2, 3, 5, 7, 11, 64, 100_000])
    func chunks(_ size: Int) throws {
        let result = try tokens(Array(Self.body.utf8), chunk: size)
        #expect(result.names.count == 3)
        #expect(result.data == ["Hello", "", "a,b\r\n1,2\r\n--X not a boundary\r\n-\r\n"])
        #expect(result.isComplete)
    }

    @Test("a body cut anywhere is never complete")
    func cut() throws {
        let bytes = Array(Self.body.utf8)
        let end = try #require(ByteSearch.first(Array("--XX--".utf8), in: bytes)) + 6
        for count in 0..<end {
            #expect(try !tokens(Array(bytes.prefix(count)), chunk: 16).isComplete)
        }
        #expect(try tokens(Array(bytes.prefix(end)), chunk: 16).isComplete)
    }

    @Test("random bytes never crash the parser")
    func fuzz() {
        var state: UInt64 = 3
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return Int(state >> 33) % bound
        }
        let seed = Array(Self.body.utf8)
        for _ in 0..<3000 {
            var bytes = seed
            for _ in 0..<random(6) { bytes[random(bytes.count)] = UInt8(random(256)) }
            bytes.removeLast(random(bytes.count))
            _ = try? tokens(bytes, chunk: 1 + random(40))
        }
    }

    @Test("boundless headers and floods of parts are refused")
    func limits() {
        var parser = MultipartParser(boundary: "XX")
        #expect(throws: MultipartFault.headersTooLarge) {
            _ = try parser.feed(Array(("--XX\r\nA: " + String(repeating: "x", count: 20_000)).utf8))
        }
        var flood = MultipartParser(boundary: "XX", maximumParts: 5)
        let part = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n"
        #expect(throws: MultipartFault.tooManyParts) {
            _ = try flood.feed(Array(String(repeating: part, count: 6).utf8))
        }
    }

    private func app(limit: Int = 1_000_000) -> some ApplicationProtocol {
        Site().app(pages: [
            page("/upload", method: .post, body: .streaming) { request, _ in
                var reader = try MultipartReader(request, limits: MultipartLimits(total: limit, text: 1000))
                var seen = ""
                while let part = try await reader.nextPart() {
                    if let filename = part.filename {
                        var count = 0
                        while let chunk = try await reader.nextChunk() { count += chunk.readableBytes }
                        seen += "[\(part.name) \(filename) \(part.contentType ?? "-") \(count)]"
                    } else {
                        seen += "[\(part.name)=\(try await reader.text())]"
                    }
                }
                return text(seen, type: "text/plain")
            }
        ])
    }

    private func post(
        _ app: some ApplicationProtocol, _ body: String, type: String = "multipart/form-data; boundary=\"XX\"",
        _ check: @escaping @Sendable (TestResponse) -> Void
    ) async throws {
        try await test(app) { client in
            try await client.execute(
                uri: "/upload", method: .post, headers: [.contentType: type, .accept: "application/json"],
                body: ByteBuffer(string: body)
            ) { check($0) }
        }
    }

    @Test("a browser's upload is read with its file name made harmless")
    func upload() async throws {
        try await post(app(), Self.body) { response in
            #expect(response.text == "[title=Hello][empty=][file or\"ders.csv text/csv 33]")
        }
    }

    @Test("bad uploads are told apart")
    func bad() async throws {
        try await post(app(), String(Self.body.dropLast(30))) { response in
            #expect(response.status == .badRequest)
            #expect(response.json["code"]?.stringValue == "upload_cut_off")
        }
        try await post(app(), Self.body, type: "text/plain") { #expect($0.status.code == 415) }
        try await post(app(), Self.body, type: "multipart/form-data") { #expect($0.status.code == 415) }
        try await post(app(), Self.body, type: "multipart/form-data; boundary=\"a;b\"") {
            #expect($0.status.code == 415)
        }
        try await post(app(limit: 100), Self.body) { #expect($0.status.code == 413) }
        try await post(app(), "--XX\r\nX: y\r\n\r\n\r\n--XX--") { #expect($0.status == .badRequest) }
        try await post(app(), "--XX\r\nno colon\r\n\r\n\r\n--XX--") { #expect($0.status == .badRequest) }
        let long = "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n" + String(repeating: "x", count: 2000)
        try await post(app(), long + "\r\n--XX--") { #expect($0.status.code == 413) }
    }
}
