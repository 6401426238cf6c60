import BSON
import Crypto
import FaultLab
import Foundation
import Jobs
import Records
import Tenancy
import TestMongo
import Testing
import Vault
import VendorServers
import Waiting
import Web

@testable import Connectors

@Suite("Platform manager")
struct ManagerTests {
    private let small = SeededCompany(size: .init(customers: 230, orders: 310, products: 12))

    @Test("a worker that dies in the middle is followed by one that goes on at its page")
    func crash() async throws {
        try await Lab.open(HubSpotConnector(), HubSpotServer.self, company: small) { lab in
            let connection = try await lab.connect()
            let (isStuck, goesOn) = (Gate(), Gate())
            let hook = Fault.Kind.hook {
                isStuck.open()
                try? await goesOn.pass()
            }
            lab.host.inject(Fault(hook, on: "/orders", after: 2))
            let job = try await lab.service.syncNow(lab.scope, connection.id)
            let first = lab.bench.worker()
            let dying = Task { try await first.run() }
            try await isStuck.pass()
            dying.cancel()
            _ = await dying.result
            goesOn.open()
            let pages = lab.host.calls("/crm/objects/2026-09/contacts")
            lab.time.advance(by: 3600)
            try await lab.work(job)
            #expect(try await lab.count("customers") == 230)
            #expect(try await lab.count("orders") == 310)
            #expect(lab.host.calls("/crm/objects/2026-09/contacts") - pages <= 1)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("of workers that find a dead token one refreshes, the others take what it brought")
    func race() async throws {
        try await Lab.open(HubSpotConnector(), HubSpotServer.self, company: small) { lab in
            let connection = try await lab.connectByOAuth()
            lab.server.tokens.expireAccess()
            let connector = HubSpotConnector()
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let calls = try lab.service.calls(lab.scope, connection, for: connector)
                        return try await calls.send(.get("/account-info/{version}/details")).status
                    }
                }
                for try await status in group { #expect(status == 200) }
            }
            #expect(lab.server.tokens.refreshes == 1)
        }
    }

    @Test("a connection that is left alone says why it failed, and a person may try it before its time")
    func leftAlone() async throws {
        try await Lab.open(HubSpotConnector(), HubSpotServer.self, company: small) { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.cut, on: "/contacts", times: 1_000_000))
            try await lab.bench.workDue()
            #expect(try await lab.status(connection).leftAloneUntil == nil)
            lab.time.set(try #require(try await lab.status(connection).until).addingTimeInterval(1))
            try await lab.bench.workDue()
            let status = try await lab.status(connection)
            #expect(status.state == .error && status.cause == "cut" && status.nextStep == .syncNow)
            let until = try #require(status.leftAloneUntil)
            #expect(until > lab.time.now)
            #expect(try #require(status.until) >= until)
            // Asked by nobody it is left alone; a person's wish lets one call through.
            let calls = lab.host.calls("/crm/objects/2026-09/contacts")
            let early = SyncJob.Parameters(connectionID: connection.id, streams: nil, isForced: true)
            try await lab.work(try await lab.service.enqueue(lab.scope, connection, early))
            #expect(lab.host.calls("/crm/objects/2026-09/contacts") == calls)
            #expect(try await lab.status(connection).cause == "cut")
            try await lab.work(try await lab.service.syncNow(lab.scope, connection.id))
            #expect(lab.host.calls("/crm/objects/2026-09/contacts") == calls + 1)
            #expect(try await lab.status(connection).cause == "cut")
            lab.host.heal()
            try await lab.work(try await lab.service.syncNow(lab.scope, connection.id))
            let healed = try await lab.status(connection)
            #expect(healed.state == .healthy && healed.leftAloneUntil == nil)
        }
    }

    @Test("five failures open the breaker, half open lets one through, three successes close it")
    func breaker() {
        var breaker = CircuitBreaker()
        let rule = BreakerRule()
        var now = Date(timeIntervalSince1970: 0)
        for _ in 0..<5 {
            #expect(breaker.admit(rule, at: now) == nil)
            breaker.note("timeout", rule, at: now)
        }
        #expect(breaker.admit(rule, at: now) == 60)
        now += 60
        #expect(breaker.admit(rule, at: now) == nil)
        #expect(breaker.admit(rule, at: now) != nil)
        for _ in 0..<3 {
            breaker.note(nil, rule, at: now)
            #expect(breaker.admit(rule, at: now) == nil)
        }
        #expect(breaker.state == .closed(failures: 0))
    }

    @Test("own traffic takes four fifths of a budget, and a block is kept")
    func bucket() {
        var now = Date(timeIntervalSince1970: 0)
        var bucket = TokenBucket(RateBudget(calls: 10, per: 10), at: now)
        for _ in 0..<8 { #expect(bucket.take(at: now) == nil) }
        #expect(bucket.take(at: now) != nil)
        bucket.block(for: 7, at: now)
        now += 6.9
        #expect(bucket.take(at: now) != nil)
        now += 0.2
        #expect(bucket.take(at: now) == nil)
    }

    @Test("a vendor's clock is what its replies tell, unless a cache kept them or the difference is the way's")
    func clocks() {
        let now = Date(timeIntervalSince1970: 1_767_323_045)
        let clocks = VendorClocks(clock: .fixed(now))
        func tell(_ headers: Pairs) {
            clocks.note(
                VendorResponse(status: 401, headers: headers, body: [], receivedAt: now),
                from: "https://a.example/rest/V1/orders")
        }
        #expect(clocks.now(at: "https://a.example/x") == now)
        tell(["Date": "Fri, 02 Jan 2026 03:24:05 GMT"])
        #expect(clocks.now(at: "https://a.example/x") == now.addingTimeInterval(1200))
        #expect(clocks.now(at: "https://b.example/x") == now)
        tell(["Date": "Fri, 02 Jan 2026 02:04:05 GMT", "Age": "3600"])
        #expect(clocks.now(at: "https://a.example/x") == now.addingTimeInterval(1200))
        tell(["Date": "Fri, 02 Jan 2026 03:04:15 GMT"])
        #expect(clocks.now(at: "https://a.example/x") == now)
    }

    @Test("money is read exactly, however it is written")
    func amounts() {
        #expect(Amount.major("12.34", "USD") == 1234)
        #expect(Amount.major("1,234.5", "USD") == 123_450)
        #expect(Amount.major("12.345", "USD") == 1235)
        #expect(Amount.major("-0.29", "USD") == -29)
        #expect(Amount.major(.double(19.99), "USD") == 1999)
        #expect(Amount.major(.int(12), "JPY") == 12)
        #expect(Amount.major("1.234", "KWD") == 1234)
        #expect(Amount.major("abc", "USD") == nil)
        #expect(Amount.micros("1234560000", "USD") == 123_456)
    }

    @Test("dates are read in every spelling vendors use")
    func dates() {
        let wanted = Date(timeIntervalSince1970: 1_767_323_045)
        for text in [
            "2026-01-02T03:04:05Z", "2026-01-02T04:04:05+0100", "2026-01-02 03:04:05", "2026-01-02T03:04:05.000Z",
        ] {
            #expect(VendorTime.parse(text) == wanted)
        }
        #expect(VendorTime.day("2026-02-28", plus: 1) == "2026-03-01")
    }

    /// The base string of RFC 5849 §3.4.1, written out.
    @Test("OAuth 1.0a signs method, address and sorted parameters")
    func oauth1() {
        let signature = OAuth1.signature(
            "GET", "https://shop.example/rest/V1/orders",
            [("b", "2 x"), ("a", "1"), ("oauth_nonce", "n")], key: "consumer&token")
        let base = "GET&https%3A%2F%2Fshop.example%2Frest%2FV1%2Forders&a%3D1%26b%3D2%2520x%26oauth_nonce%3Dn"
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(base.utf8), using: SymmetricKey(data: Data("consumer&token".utf8)))
        #expect(signature == Data(code).base64EncodedString())
    }

    @Test("lists go on as their vendors write it")
    func pagers() throws {
        func reply(_ json: JSONValue, _ headers: Pairs = [:]) -> VendorResponse {
            VendorResponse(status: 200, headers: headers, body: json.bytes, receivedAt: Date())
        }
        let two: [JSONValue] = [["id": "1"], ["id": "2"]]
        func next(_ pager: Pager, _ response: VendorResponse, _ place: Place = Place()) throws -> String? {
            try pager.next(after: response, records: two, at: place, watermark: nil, span: .all)?.token
        }
        #expect(try next(.cursor(PageParameter("after"), at: "p.n"), reply(["p": ["n": "x"]])) == "x")
        #expect(try next(.page(PageParameter("page"), size: 2, total: .pages(at: "t")), reply(["t": 3])) == "2")
        #expect(try next(.page(PageParameter("page"), size: 2, total: .pages(at: "t")), reply(["t": 1])) == nil)
        #expect(try next(.offset(PageParameter("o"), size: 2, total: .records(at: "n")), reply(["n": 5])) == "2")
        #expect(try next(.lastID(PageParameter("s"), id: "id", more: "m"), reply(["m": true])) == "2")
        let link: Pairs = [
            "Link": "<https://a.example/?page=1>; rel=\"prev\", <https://a.example/?page=3>; rel=\"next\""
        ]
        #expect(try next(.linkHeader, reply([:], link)) == "https://a.example/?page=3")
        #expect(throws: VendorFault.self) {
            _ = try next(.cursor(PageParameter("a"), at: "n"), reply(["n": "x"]), Place(token: "x"))
        }
    }
}
