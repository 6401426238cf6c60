import BSON
import Connectors
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Testing
import Vault
import VendorServers
import Web

@Suite("GoHighLevel")
struct GoHighLevelTests {
    private let small = SeededCompany(size: .init(customers: 230, orders: 310, products: 12, events: 1200, days: 40))

    private func open(_ body: @escaping @Sendable (Lab<GoHighLevelServer>) async throws -> Void) async throws {
        try await Lab.open(GoHighLevelConnector(), GoHighLevelServer.self, company: small, body)
    }

    private static func sum(_ rows: [BSONDocument], _ field: String) -> Int64 {
        rows.reduce(0) { $0 + ($1[field]?.int64Value ?? 0) }
    }

    @Test("the first load brings everything, a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let company = lab.world.company
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("customers") == company.size.customers)
            #expect(try await lab.count("products") == company.size.products)
            #expect(try await lab.count("deals") == company.size.orders)
            // Campaigns, e-mail campaigns and a workflow.
            #expect(try await lab.count("campaigns") == company.size.campaigns + 3)
            #expect(try await lab.count("billing_subscriptions") == 3)
            let orders = try await lab.rows("orders")
            #expect(orders.count == company.size.orders)
            #expect(Self.sum(orders, "total_minor") == company.orders.reduce(0) { $0 + $1.totalMinor })
            #expect(Self.sum(orders, "refunded_minor") == company.orders.reduce(0) { $0 + $1.refundedMinor })
            let real = company.orders.filter { !$0.isTest }
            let refunds = try await lab.rows("payments", ["kind": "refund"])
            #expect(Self.sum(refunds, "amount_minor") == real.reduce(0) { $0 + $1.refundedMinor })
            #expect(try await lab.count("payments", ["kind": "charge"]) == real.count)
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("do-not-disturb is a no, also where only the single contact tells; nothing is ever granted")
    func consent() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["customers"])
            let refused = lab.world.company.customers.filter { $0.emailConsent == false || $0.bounced }
            let records = try await lab.rows("consent_records")
            #expect(records.allSatisfy { $0["state"]?.stringValue == "withdrawn" })
            #expect(Set(records.compactMap { $0["customer_id"]?.stringValue }).count == refused.count)
            #expect(refused.contains { $0.number % 10 == 0 })
            #expect(lab.host.calls("/contacts/contact") == 23)
        }
    }

    @Test("the next sync asks for changes only, and brings them")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let searches = lab.host.calls("/contacts/search")
            lab.time.advance(by: 7200)
            let now = lab.time.now
            lab.world.change {
                $0.change(customer: 3, at: now) { $0.country = "GB" }
                $0.change(order: 305, at: now) { $0.refundedMinor = $0.totalMinor }
            }
            lab.time.advance(by: 60)
            try await lab.sync(connection)
            #expect(lab.host.calls("/contacts/search") - searches == 1)
            #expect(try await lab.rows("customers", ["external_id": "contact3"]).first?["country"]?.stringValue == "GB")
            let order = try await lab.rows("orders", ["external_id": "order305"]).first
            #expect(order?["status"]?.stringValue == "refunded")
        }
    }

    @Test("OAuth finds its location; a token that dies mid-page is refreshed with a new single-use refresh token")
    func expiry() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            #expect(connection.fields?["location_id"] == lab.server.fields["location_id"])
            lab.host.inject(
                Fault(.expire, on: "/contacts/search", after: 1), Fault(.expire, on: "/payments/orders", after: 1))
            try await lab.sync(connection)
            #expect(lab.server.tokens.refreshes == 2)
            #expect(try await lab.count("customers") == 230)
            #expect(try await lab.count("orders") == 310)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("429 is waited for as long as its window is")
    func tooMany() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(
                Fault(.tooMany(retryAfter: nil), on: "/contacts/search", after: 1),
                Fault(.tooMany(retryAfter: 4), on: "/opportunities", after: 1))
            try await lab.sync(connection)
            #expect(lab.pauses.all.contains(10))
            #expect(lab.pauses.all.contains(4))
            #expect(try await lab.count("customers") == 230)
            #expect(try await lab.count("deals") == 310)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a missing right is named")
    func scope() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            let refusal = VendorReply.json(
                ["statusCode": 401, "message": "The token is not authorized for this scope."], status: 401)
            lab.host.inject(Fault(.reply(refusal), on: "/workflows"))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .actionRequired)
            #expect(status.nextStep == .addScope)
        }
    }

    @Test("a changed schema holds the stream and keeps what is there")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.expectHeld(connection, without: "_id", on: "/payments/orders")
        }
    }

    @Test("a signed delivery starts a sync once; a forged or late one does nothing")
    func webhooks() async throws {
        try await open { lab in
            try await lab.expectTakenOnce(try await lab.connect())
        }
    }

    @Test("what became of an e-mail comes by webhook and is an event")
    func emailStatistics() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let path = try await lab.service.webhookPath(lab.scope, connection.id)
            let signed = try #require(
                lab.server.delivery([
                    "type": "LCEmailStats", "webhookId": "wh-mail", "contactId": "contact3",
                    "webhookPayload": [
                        "event": "opened", "id": "stat-1", "recipient": "a@mail.example",
                        "timestamp": .double(lab.time.now.timeIntervalSince1970),
                        "message": ["headers": ["message-id": "m-1"]],
                    ],
                ]))
            #expect(try await lab.deliver(signed, to: path) == 200)
            let found = try await lab.database.collection("jobs").find(["kind": "platforms.webhook"])
            let job = try #require(found.first?["_id"]?.stringValue)
            try await lab.work(try #require(try await lab.service.queue.get(job, partition: lab.scope.organizationID)))
            let event = try await lab.rows("events", ["external_id": "stat-1"]).first
            #expect(event?["event_type"]?.stringValue == "email_open")
            #expect(event?["content_id"]?.stringValue == "m-1")
        }
    }

    @Test("actions are exact requests")
    func actions() {
        let connector = GoHighLevelConnector()
        func request(_ action: PlatformAction) -> VendorRequest? {
            connector.request(for: action, fields: ["location_id": "loc1"], settings: connector.defaults)
        }
        let tag = request(.addToList(listID: "vip", externalIDs: ["contact1"]))
        #expect(tag?.path == "/contacts/bulk/tags/update/add")
        #expect(tag?.body == .json(["contacts": ["contact1"], "tags": ["vip"], "locationId": "loc1"]))
        let workflow = request(.startWorkflow(workflowID: "wf1", externalID: "contact1"))
        #expect(workflow?.path == "/contacts/contact1/workflow/wf1")
        let pause = request(.setStatus(entity: "ad_campaign", externalID: "c1", active: false))
        #expect(pause?.path == "/ad-publishing/facebook/campaigns/c1/pause")
        let silence = request(.setConsent(externalID: "contact1", channel: .sms, isSubscribed: false, at: Date()))
        #expect(silence?.method == .put && silence?.path == "/contacts/contact1")
        #expect(silence?.body == .json(["dndSettings": ["SMS": ["status": "active"]]]))
        #expect(request(.erase(externalID: "contact1", email: nil)) == nil)
    }
}
