import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

@testable import Web

@Suite struct RequestStartTests {
    @Test("our header names are valid ones")
    func headerNames() {
        let names: [HTTPField.Name] = [
            .xRequestID, .xForwardedFor, .secFetchSite, .referrerPolicy, .permissionsPolicy, .crossOriginOpenerPolicy,
            .xAccelBuffering, .lastEventID, .rateLimitPolicy, .rateLimit, .idempotencyKey, .idempotencyReplayed,
        ]
        #expect(!names.contains(.trailer))
        #expect(Set(names).count == names.count)
    }

    @Test("a harmless request id is taken and returned, a harmful one replaced")
    func requestID() async throws {
        let app = Site().app(pages: [page("/") { _, context in text(context.requestID, type: "text/plain") }])
        try await test(app) { client in
            try await client.execute(uri: "/", method: .get, headers: [.xRequestID: "abc-1.2_3"]) { response in
                #expect(response.text == "abc-1.2_3")
                #expect(response.headers[.xRequestID] == "abc-1.2_3")
            }
            for bad in ["a b", "x\"y", String(repeating: "a", count: 65), "ñ", "<script>"] {
                try await client.execute(uri: "/", method: .get, headers: [.xRequestID: bad]) { response in
                    #expect(response.text != bad)
                    #expect(response.text.count == 24)
                }
            }
        }
    }

    @Test("only trusted proxies are believed about the client's address")
    func clientAddress() {
        func find(_ forwarded: [String], _ proxies: Int) -> String {
            ClientAddress.find(socket: "10.0.0.1", forwarded: forwarded, trustedProxies: proxies)
        }
        #expect(find(["1.2.3.4"], 0) == "10.0.0.1")
        #expect(find(["6.6.6.6, 1.2.3.4"], 1) == "1.2.3.4")
        #expect(find(["6.6.6.6, 1.2.3.4, 10.0.0.9"], 2) == "1.2.3.4")
        #expect(find(["1.2.3.4", "10.0.0.9"], 2) == "1.2.3.4")
        #expect(find([], 1) == "10.0.0.1")
        #expect(find(["evil\"} injected"], 1) == "10.0.0.1")
        #expect(find(["2001:db8::1"], 1) == "2001:db8::1")
    }

    @Test("language: cookie before header, weights respected, unknown ignored")
    func locale() async throws {
        #expect(AppLocale.preferred(acceptLanguage: "de, es-MX;q=0.8, en;q=0.5") == .es)
        #expect(AppLocale.preferred(acceptLanguage: "en;q=0.1,es;q=0") == .en)
        #expect(AppLocale.preferred(acceptLanguage: "fr") == nil)
        #expect(AppLocale.preferred(acceptLanguage: ";;,,q=") == nil)
        let app = Site().app(pages: [
            page("/") { _, context in text("\(context.locale) \(context.theme)", type: "text/plain") }
        ])
        try await test(app) { client in
            let headers: HTTPFields = [.acceptLanguage: "en", .cookie: "x=1; locale=es; theme=dark"]
            try await client.execute(uri: "/", method: .get, headers: headers) { #expect($0.text == "es dark") }
            try await client.execute(uri: "/", method: .get, headers: [.cookie: "theme=pink; localex=es"]) {
                #expect($0.text == "en system")
            }
        }
    }
}

@Suite struct ErrorPagesTests {
    private struct Unknown: Error { let secret = "hunter2" }
    private struct DatabaseGone: Error {}

    private func app() -> some ApplicationProtocol {
        var site = Site()
        let mapper: ErrorMapper = { error in error is DatabaseGone ? Problem.unavailable(retryAfter: 7) : nil }
        site.options.errorMappers = [mapper]
        return site.app(
            pages: [
                page("/crash") { _, _ in throw Unknown() },
                page("/gone") { _, _ in throw DatabaseGone() },
                page("/locked", access: .needs("eyes:view")) { _, _ in text("secret") },
                page("/form", method: .post) { _, _ in text("posted") },
                page("/early") { _, _ in throw EarlyResponse(.redirect(local: "/login")) },
                page("/lib") { _, _ in throw HTTPError(.badRequest, message: "internal words") },
                page("/items/{id}") { _, _ in throw Problem.notFound() },
                page("/items/sum", method: .post) { _, _ in text("42") },
            ],
            api: [
                APIRoute(.get, "crash", .open, APIOperation(id: "crash", summary: "Fails.", responses: [])) { _, _ in
                    throw Unknown()
                },
                APIRoute(.post, "things", .open, APIOperation(id: "make", summary: "Makes.", responses: [])) { _, _ in
                    throw Problem.validation([FieldProblem(field: "a.b", code: "required", message: "Is missing.")])
                },
            ])
    }

    @Test("an unknown error is a 500 with the request id and nothing else")
    func unknown() async throws {
        try await test(app()) { client in
            try await client.execute(uri: "/crash", method: .get, headers: [.xRequestID: "req-1"]) { response in
                #expect(response.status == .internalServerError)
                #expect(response.text.contains("req-1"))
                #expect(!response.text.contains("hunter2"))
                #expect(response.headers[.contentType] == "text/html; charset=utf-8")
            }
            try await client.execute(uri: "/api/v1/crash", method: .get, headers: [.xRequestID: "req-2"]) { response in
                #expect(response.headers[.contentType] == "application/problem+json")
                #expect(response.json["request_id"]?.stringValue == "req-2")
                #expect(response.json["code"]?.stringValue == "internal")
                #expect(response.json["instance"]?.stringValue == "/api/v1/crash")
                #expect(!response.text.contains("hunter2"))
            }
        }
    }

    @Test("mapped errors get their status; 503 says when to come back")
    func mapped() async throws {
        try await test(app()) { client in
            try await client.execute(uri: "/gone", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(response.headers[.retryAfter] == "7")
            }
        }
    }

    @Test("problems carry their fields, and JSON is given to who asks for it")
    func problems() async throws {
        try await test(app()) { client in
            try await client.execute(uri: "/api/v1/things", method: .post) { response in
                #expect(response.status.code == 422)
                let first = response.json["errors"]?.arrayValue?.first
                #expect(first?["field"]?.stringValue == "a.b")
                #expect(first?["code"]?.stringValue == "required")
            }
            try await client.execute(uri: "/locked", method: .get, headers: [.accept: "application/json"]) { response in
                #expect(response.status == .forbidden)
                #expect(response.json["status"]?.int64Value == 403)
            }
            try await client.execute(uri: "/locked", method: .get, headers: [.accept: "text/html,*/*"]) { response in
                #expect(response.status == .forbidden)
                #expect(!response.text.contains("secret"))
            }
        }
    }

    @Test("a known path with the wrong method is 405 with Allow, an unknown one 404")
    func methods() async throws {
        try await test(app()) { client in
            try await client.execute(uri: "/form", method: .get) { response in
                #expect(response.status == .methodNotAllowed)
                #expect(response.headers[.allow] == "POST")
            }
            try await client.execute(uri: "/api/v1/crash", method: .delete) { response in
                #expect(response.status == .methodNotAllowed)
                #expect(response.headers[.allow] == "GET, HEAD")
                #expect(response.json["code"]?.stringValue == "method_not_allowed")
            }
            try await client.execute(uri: "/items/sum", method: .get) { response in
                #expect(response.status == .methodNotAllowed)
                #expect(response.headers[.allow] == "POST")
            }
            try await client.execute(uri: "/nowhere", method: .get) { #expect($0.status == .notFound) }
            try await client.execute(uri: "/items/1", method: .get) { #expect($0.status == .notFound) }
            try await client.execute(uri: "/items/1/2/3", method: .put) { #expect($0.status == .notFound) }
            try await client.execute(uri: "/crash", method: .head) { #expect($0.status == .internalServerError) }
        }
    }

    @Test("early answers pass, library errors keep only their status")
    func others() async throws {
        try await test(app()) { client in
            try await client.execute(uri: "/early", method: .get) { response in
                #expect(response.status == .seeOther)
                #expect(response.headers[.location] == "/login")
            }
            try await client.execute(uri: "/lib", method: .get) { response in
                #expect(response.status == .badRequest)
                #expect(!response.text.contains("internal words"))
            }
        }
    }

    @Test("the protective headers are on every answer, errors and files included")
    func headers() async throws {
        var site = Site()
        site.options.isHTTPS = true
        site.options.assets = StaticFiles(contents: ["a.css": Array("a{}".utf8)])
        let app = site.app(pages: [
            page("/") { _, _ in text("x") }, page("/crash") { _, _ in throw Unknown() },
        ])
        try await test(app) { client in
            for uri in ["/", "/crash", "/nowhere", "/a.css", "/api/v1/x"] {
                try await client.execute(uri: uri, method: .get) { response in
                    let policy = response.headers[.contentSecurityPolicy] ?? ""
                    #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
                    #expect(!policy.contains("unsafe"))
                    #expect(response.headers[.xContentTypeOptions] == "nosniff")
                    #expect(response.headers[.referrerPolicy] == "same-origin")
                    #expect(response.headers[.crossOriginOpenerPolicy] == "same-origin")
                    #expect(response.headers[.crossOriginResourcePolicy] == "same-origin")
                    #expect(response.headers[.permissionsPolicy] != nil)
                    #expect(response.headers[.cacheControl] != nil)
                    #expect(response.headers[.strictTransportSecurity]?.contains("63072000") == true)
                    #expect(response.headers[.server] == nil)
                    #expect(response.headers[.xRequestID] != nil)
                }
            }
        }
    }

    @Test("the error page speaks the reader's language through templates")
    func errorPage() async throws {
        let catalogue = try Catalogue.parse([
            .en: ["web": #"{"toStart": "Start", "problems": {"status404": {"title": "No page", "message": "m"}}}"#],
            .es: ["web": #"{"toStart": "Inicio", "problems": {"status404": {"title": "No hay", "message": "m"}}}"#],
        ])
        let library = try TemplateLibrary(texts: [
            "site/error": "<h1>{{title}}</h1>{{#links}}{{title}}{{/links}}{{#requestID}}{{requestID}}{{/requestID}}"
        ])
        var site = Site()
        site.options.errorPage = ErrorPage.hook(PageRenderer(library: library, catalogue: catalogue))
        try await test(site.app()) { client in
            try await client.execute(uri: "/x", method: .get, headers: [.acceptLanguage: "es"]) { response in
                #expect(response.text == "<h1>No hay</h1>Inicio")
                #expect(response.status == .notFound)
            }
        }
    }
}

@Suite struct RequestIDInLogTests {
    /// Keeps each line's fields.
    private struct Recorder: LogHandler {
        final class Lines: Sendable {
            let all = Mutex<[Logger.Metadata]>([])
        }

        let lines: Lines
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = metadata.merging(event.metadata ?? [:]) { $1 }
            lines.all.withLock { $0.append(fields) }
        }
    }

    @Test("a line names its request once, whether the handler, the access log or an error writes it")
    func once() async throws {
        let lines = Recorder.Lines()
        let site = Site()
        let router = WebStack.router(site.options, registry: site.registry)
        let pages = [
            page("/fine") { _, context in
                context.logger.info("by hand")
                Logger.current.info("by the task's logger")
                return text("fine")
            },
            page("/broken") { _, _ in throw CancellationError() },
        ]
        RouteTable("t", pages).mount(on: router, registry: site.registry) { _, _, _ in }
        let logger = Logger(label: "t") { _ in Recorder(lines: lines) }
        let app = WebServer.application(router, WebServerConfiguration(port: 0), logger: logger)
        try await app.test(.live) { client in
            for path in ["/fine", "/broken", "/nothing"] {
                try await client.execute(uri: path, method: .get, headers: [.xRequestID: "req-7"]) { _ in }
            }
        }
        let ours = lines.all.withLock { $0 }.filter { $0["request_id"] != nil }
        #expect(ours.count == 6)
        for line in ours {
            let named = line.filter { "\($0.value)" == "req-7" || $0.key.hasPrefix("hb.request") }
            #expect(Array(named.keys) == ["request_id"])
        }
    }
}

@Suite struct ProblemsPageTests {
    @Test("every problem the kit gives is described in both languages, and its pages pass the lint")
    func described() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let catalogue = try Catalogue.load(directory: root.appending(path: "Locales").path)
        for locale in AppLocale.allCases {
            let keys = catalogue.keys(locale)
            for entry in ProblemsPage.codes { #expect(keys.contains("web.problemDocs.codes.\(entry.code)")) }
        }
        let known = Set(ProblemsPage.codes.map(\.code))
        let problems: [Problem] = [
            .badRequest(), .unauthorized(), .quota(""), .forbidden(), .notFound(), .methodNotAllowed([]), .conflict(),
            .gone(), .preconditionFailed(), .tooLarge(limit: 1), .unsupportedMediaType(expected: ""), .validation([]),
            .preconditionRequired, .tooManyRequests(retryAfter: 1), .internalError, .unavailable(),
        ]
        for problem in problems { #expect(known.contains(problem.code), "\(problem.code)") }
        let library = try TemplateLibrary(directory: root.appending(path: "Templates").path)
        let assets = try StaticFiles(directory: root.appending(path: "Public").path)
        let renderer = PageRenderer(library: library, catalogue: catalogue, assets: assets)
        let issues = TemplateLint.check(renderer, pages: [ErrorPage.self, MemberErrorPage.self, ProblemsPage.self])
            .filter { $0.template.hasPrefix("site/problems") || $0.template.hasPrefix("site/error") }
        #expect(issues.isEmpty, "\(issues)")
        let html = renderer.html(ProblemsPage(renderer.words(.es)), shell: Shell(locale: .es))
        #expect(html.contains("id=\"rate_limited\"") && html.contains("Códigos de problema"))
    }
}

@Suite struct OriginAndCORSTests {
    @Test(
        "forged posts are refused, our own pass",
        arguments: [
            (["Sec-Fetch-Site": "same-origin"], true), (["Sec-Fetch-Site": "none"], true),
            (["Sec-Fetch-Site": "cross-site"], false), (["Sec-Fetch-Site": "same-site"], false),
            (["Sec-Fetch-Site": "cross-site", "Origin": "https://app.example.com"], false),
            (["Origin": "https://app.example.com"], true), (["Origin": "https://APP.example.com"], true),
            (["Origin": "https://evil.example"], false), (["Origin": "null"], false), ([:], false),
        ] as [([String: String], Bool)])
    func origin(_ headers: [String: String], _ isAllowed: Bool) throws {
        let check = OriginCheck<BasicWebContext>(publicOrigins: ["https://app.example.com"])
        var fields = HTTPFields()
        for (name, value) in headers { fields[HTTPField.Name.known(name)] = value }
        let head = HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/x", headerFields: fields)
        #expect(check.isAllowed(Request(head: head, body: .init(buffer: ByteBuffer()))) == isAllowed)
        var get = head
        get.method = .get
        #expect(check.isAllowed(Request(head: get, body: .init(buffer: ByteBuffer()))))
    }

    @Test("listed origins may call the API, others learn nothing, cookies never")
    func cors() async throws {
        var site = Site()
        site.options.corsOrigins = ["https://shop.example"]
        let operation = APIOperation(id: "list", summary: "Lists.", responses: [])
        let app = site.app(api: [APIRoute(.get, "things", .open, operation) { _, _ in .noContent }])
        try await test(app) { client in
            var preflight: HTTPFields = [.origin: "https://shop.example", .accessControlRequestMethod: "GET"]
            try await client.execute(uri: "/api/v1/things", method: .options, headers: preflight) { response in
                #expect(response.status == .noContent)
                #expect(response.headers[.accessControlAllowOrigin] == "https://shop.example")
                #expect(response.headers[.accessControlAllowMethods] == "GET, HEAD")
                #expect(response.headers[.accessControlMaxAge] == "600")
                #expect(response.headers[.accessControlAllowCredentials] == nil)
            }
            preflight[.origin] = "https://evil.example"
            try await client.execute(uri: "/api/v1/things", method: .options, headers: preflight) { response in
                #expect(response.headers[.accessControlAllowOrigin] == nil)
            }
            let own: HTTPFields = [.origin: "https://shop.example"]
            try await client.execute(uri: "/api/v1/things", method: .get, headers: own) { response in
                #expect(response.headers[.accessControlAllowOrigin] == "https://shop.example")
                #expect(response.headers[.vary]?.contains("Origin") == true)
            }
        }
    }
}
