import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Web

@Suite struct RouteTests {
    private func mounted() -> (RouteRegistry, some ApplicationProtocol) {
        let site = Site()
        let segment = Schema.ref("Segment", .object([.init("id", .string), .init("value", .money)]))
        let app = site.app(
            pages: [
                PageRoute(.get, "eyes", .needs("eyes:view"), name: "eyes.index") { _, _ in text("eyes") },
                PageRoute(.get, "hello/{name}", .open, name: "hello") { _, context in
                    text(try context.parameters.require("name"), type: "text/plain")
                },
            ],
            api: [
                APIRoute(
                    .get, "segments/{id}", .open,
                    APIOperation(
                        id: "getSegment", summary: "One.",
                        parameters: [APIParameter("status", .enumeration(["open", "done"]), "State.")],
                        responses: [
                            .ok("It.", segment, example: ["id": "s", "value": ["amount_minor": 1, "currency": "EUR"]])
                        ])
                ) { request, _ in
                    let query = Query(request)
                    let status = query["status"] ?? "-"
                    return .json { json in json.value(status) }
                },
                APIRoute(
                    .post, "segments", .needs("eyes:run"),
                    APIOperation(
                        id: "makeSegment", summary: "Makes.", body: APIBody(.object([.init("name", .string)])),
                        responses: [APIResponse(201, "Made.", segment)])
                ) { _, _ in .noContent },
            ])
        return (site.registry, app)
    }

    @Test("each route is listed with its access")
    func list() {
        let (registry, _) = mounted()
        let lines = registry.text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        let expected = [
            "GET /api/v1/segments/{id} open api things.getSegment",
            "GET /eyes eyes:view page eyes.index",
            "GET /hello/{name} open page hello",
            "POST /api/v1/segments eyes:run api things.makeSegment",
        ]
        #expect(lines.sorted() == expected)
        #expect(lines.first == expected.last)
        #expect(registry.routes[1].path { _ in "a/b" } == "/api/v1/segments/a%2Fb")
    }

    @Test("declared access is checked before the handler, unknown query parameters refused")
    func guards() async throws {
        let (_, app) = mounted()
        try await test(app) { client in
            try await client.execute(uri: "/eyes", method: .get) { #expect($0.status == .forbidden) }
            try await client.execute(uri: "/api/v1/segments/1?status=open", method: .get) {
                #expect($0.text == "\"open\"")
            }
            try await client.execute(uri: "/api/v1/segments/1?stat=open", method: .get) { response in
                #expect(response.status == .badRequest)
                #expect(response.json["code"]?.stringValue == "unknown_parameter")
            }
        }
    }

    @Test("path parameters arrive decoded", arguments: [("a%20b", "a b"), ("%C3%B1", "ñ"), ("x%2Fy", "x/y")])
    func parameters(_ path: String, _ value: String) async throws {
        let (_, app) = mounted()
        try await test(app) { client in
            try await client.execute(uri: "/hello/\(path)", method: .get) { #expect($0.text == value) }
        }
    }

    @Test("what does not decode names nothing", arguments: ["%ff", "%zz", "a%00"])
    func undecodable(_ path: String) async throws {
        let (_, app) = mounted()
        try await test(app) { client in
            try await client.execute(uri: "/hello/\(path)", method: .get) { #expect($0.status == .notFound) }
        }
    }

    private func query(_ text: String) -> Query {
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/x?" + text)
        return Query(Request(head: head, body: .init(buffer: ByteBuffer())))
    }

    @Test("query values are typed and checked")
    func typed() throws {
        let query = query("limit=50&q=a+b%26c&sort=-name&from=2026-01-02&flag=true&tag[]=x&tag=y&bad=abc&n=1.5")
        #expect(try query.limit() == 50)
        #expect(query["q"] == "a b&c")
        #expect(try query.sort(["name"])?.descending == true)
        #expect(try query.date("from") == Date(timeIntervalSince1970: 1_767_312_000))
        #expect(try query.flag("flag") == true)
        #expect(query.list("tag") == ["x", "y"])
        #expect(try query.number("n") == 1.5)
        #expect(throws: Problem.self) { try query.integer("bad", in: 1...2) }
        #expect(throws: Problem.self) { try query.flag("bad") }
        #expect(throws: Problem.self) { try query.date("bad") }
        #expect(throws: Problem.self) { try query.sort(["other"]) }
        #expect(throws: Problem.self) { try self.query("limit=0").limit() }
        #expect(throws: Problem.self) { try self.query("limit=101").limit() }
        #expect(throws: Problem.self) { try self.query("cursor=xyz").cursor(for: "a") }
        #expect(throws: Problem.self) { try query.choice("bad", AppLocale.self) }
    }

    @Test("OpenAPI is made from the routes, the same each time, and its references resolve")
    func openAPI() throws {
        let (registry, _) = mounted()
        let bytes = OpenAPI.document(registry.routes, title: "Omnify", version: "1")
        #expect(bytes == OpenAPI.document(registry.routes.reversed(), title: "Omnify", version: "1"))
        let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        #expect(object?["openapi"] as? String == "3.1.0")
        let paths = try #require(object?["paths"] as? [String: Any])
        #expect(paths.keys.sorted() == ["/api/v1/segments", "/api/v1/segments/{id}"])
        let post = try #require((paths["/api/v1/segments"] as? [String: Any])?["post"] as? [String: Any])
        #expect(post["x-permission"] as? String == "eyes:run")
        #expect(post["operationId"] as? String == "makeSegment")
        #expect(
            Set((post["responses"] as? [String: Any] ?? [:]).keys).isSuperset(of: ["201", "401", "403", "422", "429"]))
        let components = try #require((object?["components"] as? [String: Any])?["schemas"] as? [String: Any])
        #expect(components.keys.sorted() == ["Problem", "Segment"])
        for reference in String(decoding: bytes, as: UTF8.self).matches(of: /#\/components\/schemas\/(\w+)/) {
            #expect(components[String(reference.1)] != nil)
        }
    }

    @Test("examples are checked against their schema")
    func schemas() {
        let schema = Schema.object([
            .init("id", .string), .optional("share", .nullable(.probability)), .init("at", .dateTime),
            .init("rows", .array(.object([.init("n", .integer(minimum: 0))]))),
        ])
        #expect(
            schema.problems(with: ["id": "a", "share": nil, "at": "2026-01-01T00:00:00Z", "rows": [["n": 1]]]).isEmpty)
        let faults = schema.problems(with: ["id": 1, "share": 2.0, "at": "2026-01-01", "rows": [["n": -1, "x": 1]]])
        #expect(faults.count == 5, "\(faults)")
        #expect(schema.problems(with: [:]).count == 3)
    }
}
