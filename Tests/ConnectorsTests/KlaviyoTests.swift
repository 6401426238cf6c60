import BSON
import Connectors
import FaultLab
import Foundation
import Jobs
import Records
import Testing
import Vault
import VendorServers
import Waiting
import Web

@Suite("Klaviyo")
struct KlaviyoTests {
    private let small = SeededCompany(size: .init(customers: 230, orders: 90, campaigns: 4, events: 2300, days: 40))

    private func open(_ body: @escaping @Sendable (Lab<KlaviyoServer>) async throws -> Void) async throws {
        try await Lab.open(KlaviyoConnector(), KlaviyoServer.self, company: small, body)
    }

    @Test("the first load brings everything, a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let company = lab.world.company
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("customers") == company.size.customers)
            #expect(try await lab.count("events") == company.size.events)
            #expect(try await lab.count("campaigns") == company.size.campaigns + 2)
            #expect(try await lab.count("campaigns", ["channel": "sms"]) == 1)
            #expect(try await lab.count("creatives") == company.size.campaigns)
            let opens = (0..<company.size.events).filter { company.event($0).type == "email_open" }
            #expect(try await lab.count("events", ["event_type": "email_open"]) == opens.count)
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("daily figures of messages add up to the events and orders they count")
    func figures() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["metric_days"])
            let company = lab.world.company
            let rows = try await lab.rows("metric_days")
            func total(_ field: String) -> Double {
                rows.reduce(0) { $0 + ($1[field]?.int64Value.map(Double.init) ?? $1[field]?.doubleValue ?? 0) }
            }
            func events(_ type: String) -> Double {
                Double((0..<company.size.events).count { company.event($0).type == type })
            }
            #expect(total("sends") == events("email_sent"))
            #expect(total("opens") == events("email_open"))
            #expect(total("clicks") == events("email_click"))
            let orders = Double(company.orders.count { !$0.isTest })
            #expect(total("conversions") == orders)
            #expect(total("conversion_value_minor") == orders * 1050)
            #expect(rows.allSatisfy { $0["level"]?.stringValue == "email" })
            let today = VendorTime.day(lab.time.now, in: company.timeZone)
            let day = VendorTime.day(today, plus: -3)
            let open = rows.filter { $0["day"]?.stringValue == day }
            #expect(!open.isEmpty && open.allSatisfy { $0["final"]?.boolValue == false })
        }
    }

    @Test("consent: a yes with its time, a no, a suppression instead of a yes, and silence for who never said")
    func consent() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["customers"])
            let people = lab.world.company.customers
            let records = try await lab.rows("consent_records")
            func count(_ channel: String, _ state: String) -> Int {
                records.count { $0["channel"]?.stringValue == channel && $0["state"]?.stringValue == state }
            }
            #expect(count("email", "granted") == people.count { $0.emailConsent == true && !$0.bounced })
            #expect(count("sms", "granted") == people.count { $0.smsConsent == true })
            #expect(count("sms", "withdrawn") == 0)
            let refused = people.filter { $0.emailConsent == false || $0.bounced }
            let subjects = Set(
                records.filter { $0["channel"]?.stringValue == "email" && $0["state"]?.stringValue == "withdrawn" }
                    .compactMap { $0["customer_id"]?.stringValue })
            #expect(subjects.count == refused.count)
        }
    }

    @Test("people and events are whole and derived before the rationed reports of a first load are asked for")
    func reportsLast() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            let (asks, goesOn) = (Gate(), Gate())
            let hook = Fault.Kind.hook {
                asks.open()
                try? await goesOn.pass()
            }
            lab.host.inject(Fault(hook, on: "/metric-aggregates"))
            async let work: Void = lab.bench.worker().workOff()
            try await asks.pass()
            #expect(try await lab.status(connection).state == .running)
            #expect(try await lab.count("customers") == lab.world.company.size.customers)
            #expect(try await lab.count("events") == lab.world.company.size.events)
            #expect(try await lab.count("metric_days") == 0)
            let open: BSONDocument = ["unfinished_runs.0": ["$exists": true]]
            #expect(try await lab.count("connections", open) == 0, "nothing waits to be derived")
            goesOn.open()
            await work
            #expect(try await lab.count("metric_days") > 0)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("the next sync asks for changes only, and for events of the last day again")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let profiles = lab.host.calls("/profiles")
            let events = lab.host.calls("/events")
            lab.time.advance(by: 7200)
            let now = lab.time.now
            lab.world.change {
                $0.change(customer: 3, at: now) { $0.country = "GB" }
                $0.change(campaign: 1, at: now) { $0.name = "Renamed" }
            }
            lab.time.advance(by: 60)
            try await lab.sync(connection)
            #expect(lab.host.calls("/profiles") - profiles == 1)
            #expect(lab.host.calls("/events") - events == 1)
            #expect(try await lab.rows("customers", ["external_id": "PROF3"]).first?["country"]?.stringValue == "GB")
            #expect(try await lab.rows("campaigns", ["external_id": "CAMP1"]).first?["name"]?.stringValue == "Renamed")
            #expect(try await lab.count("events") == lab.world.company.size.events)
        }
    }

    @Test("OAuth with PKCE; a token that dies in the middle of a listing is refreshed, and nothing is lost")
    func expiry() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.expire, on: "/profiles", after: 1))
            try await lab.sync(connection)
            #expect(lab.server.tokens.refreshes == 1)
            #expect(try await lab.count("customers") == 230)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a revoked key asks a person to sign in again")
    func revoked() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.revoke, on: "/profiles", after: 1))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .actionRequired)
            #expect(status.nextStep == .reconnect)
        }
    }

    @Test("429 is waited for; long limits stop with a countdown and go on at the page")
    func tooMany() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.tooMany(retryAfter: 5), on: "/profiles", after: 1))
            lab.host.inject(Fault(.tooMany(retryAfter: 600), on: "/events", after: 1))
            try await lab.sync(connection)
            #expect(lab.pauses.all.contains(5))
            #expect(try await lab.status(connection).state == .rateLimited)
            let calls = lab.host.calls("/events")
            lab.time.advance(by: 601)
            try await lab.sync(connection)
            #expect(lab.host.calls("/events") - calls == 2)
            #expect(try await lab.count("events") == 2300)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a changed schema holds the stream and keeps what is there")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.expectHeld(connection, without: "datetime", on: "/events")
        }
    }

    @Test("a signed delivery starts a sync once; a forged or late one does nothing")
    func webhooks() async throws {
        try await open { lab in
            try await lab.expectTakenOnce(try await lab.connect())
        }
    }

    @Test("actions are exact requests")
    func actions() {
        let connector = KlaviyoConnector()
        func request(_ action: PlatformAction) -> VendorRequest? {
            connector.request(for: action, fields: [:], settings: connector.defaults)
        }
        let add = request(.addToList(listID: "L1", externalIDs: ["PROF1"]))
        #expect(add?.method == .post && add?.path == "/api/lists/L1/relationships/profiles")
        #expect(add?.body == .json(["data": [["type": "profile", "id": "PROF1"]]]))
        #expect(request(.removeFromList(listID: "L1", externalIDs: ["PROF1"]))?.method == .delete)
        let pause = request(.setStatus(entity: "flow", externalID: "F1", active: false))
        #expect(pause?.method == .patch && pause?.path == "/api/flows/F1")
        #expect(pause?.body == .json(["data": ["type": "flow", "id": "F1", "attributes": ["status": "draft"]]]))
        let erase = request(.erase(externalID: "PROF1", email: nil))
        #expect(erase?.path == "/api/data-privacy-deletion-jobs")
        #expect(request(.setBudget(externalID: "C", minor: 1, currency: "USD")) == nil)
    }
}
