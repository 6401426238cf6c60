import BSON
import Connectors
import Foundation
import Mongo
import Records
import Tenancy
import Testing
import VendorServers
import Web

@Suite("HubSpot")
struct HubSpotTests {
    private let small = SeededCompany(size: .init(customers: 230, orders: 310, products: 12))

    private func open(_ body: @escaping @Sendable (Lab<HubSpotServer>) async throws -> Void) async throws {
        try await Lab.open(HubSpotConnector(), HubSpotServer.self, company: small, body)
    }

    @Test("the first load brings everything, a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let company = lab.world.company
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("customers") == company.size.customers)
            #expect(try await lab.count("orders") == company.size.orders)
            #expect(try await lab.count("products") == company.size.products)
            #expect(try await lab.count("campaigns") == company.size.campaigns)
            let orders = try await lab.rows("orders")
            let total = orders.reduce(0) { $0 + ($1["total_minor"]?.int64Value ?? 0) }
            #expect(total == company.orders.reduce(0) { $0 + $1.totalMinor })
            let refunded = orders.reduce(0) { $0 + ($1["refunded_minor"]?.int64Value ?? 0) }
            #expect(refunded == company.orders.reduce(0) { $0 + $1.refundedMinor })
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("the next sync asks for changes only, and brings them")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let lists = lab.host.calls("/contacts")
            lab.time.advance(by: 7200)
            let now = lab.time.now
            lab.world.change {
                $0.change(customer: 3, at: now) {
                    $0.city = "Leeds"; $0.firstName = "Zoe"; $0.country = "GB"
                }
                $0.change(order: 5, at: now) { $0.refundedMinor = $0.totalMinor }
            }
            lab.time.advance(by: 60)
            try await lab.sync(connection)
            #expect(lab.host.calls("/contacts") - lists == lab.host.calls("/contacts/search"))
            let external = try await lab.rows("customers", ["external_id": "3"])
            #expect(external.first?["country"]?.stringValue == "GB")
            let order = try await lab.rows("orders", ["external_id": "5"])
            #expect(order.first?["status"]?.stringValue == "refunded")
            #expect(try await lab.count("orders") == 310)
        }
    }

    @Test("a token that dies in the middle of a page is refreshed, and nothing is lost")
    func expiry() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.expire, on: "/contacts", after: 1))
            try await lab.sync(connection)
            #expect(lab.server.tokens.refreshes == 1)
            #expect(try await lab.count("customers") == 230)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a revoked sign-in asks a person to sign in again")
    func revoked() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.revoke, on: "/contacts", after: 1))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .actionRequired)
            #expect(status.nextStep == .reconnect)
        }
    }

    @Test("429 with and without Retry-After is waited for")
    func tooMany() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(
                Fault(.tooMany(retryAfter: 7), on: "/orders", after: 1),
                Fault(.tooMany(retryAfter: nil), on: "/products"))
            try await lab.sync(connection)
            #expect(lab.pauses.all.contains(7))
            #expect(lab.pauses.all.contains(10))
            #expect(try await lab.count("orders") == 310)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a long limit shows a countdown and the stream goes on at its page afterwards")
    func countdown() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.tooMany(retryAfter: 900), on: "/orders", after: 2))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .rateLimited)
            #expect(status.until == lab.time.now.addingTimeInterval(900))
            let calls = lab.host.calls("/orders")
            lab.time.advance(by: 901)
            try await lab.sync(connection)
            #expect(try await lab.count("orders") == 310)
            #expect(lab.host.calls("/orders") - calls == 2)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("broken lines and server errors are tried again; nothing is lost or doubled", arguments: [0, 1, 2])
    func lines(_ number: Int) async throws {
        let kinds: [Fault.Kind] = [.cut, .error(502), .error(503)]
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(
                Fault(kinds[number], on: "/contacts", after: 1), Fault(kinds[number], on: "/orders", after: 2))
            try await lab.sync(connection)
            #expect(try await lab.count("customers") == 230)
            #expect(try await lab.count("orders") == 310)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a vendor that stays down shows an error that tries again by itself, and is caught up with")
    func down() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.error(500), on: "/orders", after: 1, times: 50))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .error)
            #expect(status.cause == "vendor_down")
            #expect(status.until ?? .distantPast > lab.time.now)
            lab.host.heal()
            lab.time.advance(by: 200)
            try await lab.sync(connection)
            #expect(try await lab.count("orders") == 310)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a changed schema holds the stream and keeps what is there")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.expectHeld(connection, without: "properties", on: "/campaigns")
        }
    }

    @Test("rows made again from what was kept are the same")
    func rebuild() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let before = try await lab.fingerprint()
            for name in ["customers", "orders", "consent_records"] + Records.collections.map(\.name) {
                _ = try await lab.database.collection(name).delete([:], multi: true)
            }
            try await lab.work(try await lab.service.rebuild(lab.scope, connection.id))
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("a signed delivery starts a sync once; a forged, late or repeated one does nothing")
    func webhooks() async throws {
        try await open { lab in
            try await lab.expectTakenOnce(try await lab.connect(), signsAddress: true)
        }
    }

    @Test("a key without rights is refused at once, and nothing secret is stored in the clear")
    func refusal() async throws {
        try await open { lab in
            await #expect(throws: ConnectionError.self) {
                _ = try await lab.service.connect(
                    lab.scope, platform: "hubspot", methodID: "token", fields: ["access_token": "wrong"])
            }
            #expect(try await lab.count("connections") == 0)
            let connection = try await lab.connect()
            for name in ["connections", "connection_secrets", "jobs", "audit_log"] {
                for row in try await lab.rows(name) { #expect(!"\(row)".contains("pat-na1-test")) }
            }
            try await lab.service.disconnect(lab.scope, connection.id, erasesData: false)
            #expect(try await lab.count("connection_secrets") == 0)
        }
    }
}
