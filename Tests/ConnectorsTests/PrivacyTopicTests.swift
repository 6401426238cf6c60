import BSON
import Connectors
import Crypto
import Foundation
import Mongo
import Records
import Tenancy
import Testing
import Vault
import VendorServers
import Web

/// What platforms pass on about people's rights is never just acknowledged: it stands in a register until somebody has
/// seen to it.
@Suite struct PrivacyTopicTests {
    private static func shop(_ body: @escaping @Sendable (WebhookLab<ShopifyServer>) async throws -> Void) async throws
    {
        try await WebhookLab.open(ShopifyConnector(), ShopifyServer.self, body)
    }

    private func person(_ number: Int) -> JSONValue {
        [
            "shop_id": 1, "shop_domain": "northwind.myshopify.com",
            "customer": ["id": .int(Int64(number)), "email": "someone@mail.example"],
        ]
    }

    @Test("a request and a removal of a person, at the app's address, each once, with the person here and no address")
    func people() async throws {
        try await Self.shop { lab in
            let connection = try await lab.connect()
            let asked = lab.server.webhook("customers/data_request", self.person(3))
            #expect(try await lab.deliver(asked, altered: [0x20]).status == 401)
            #expect(try await lab.deliver(asked).status == 200)
            #expect(try await lab.deliver(asked).status == 200)
            #expect(try await lab.deliver(lab.server.webhook("customers/redact", self.person(4))).status == 200)
            await lab.work()
            let found = try await DataRequests(lab.service).list(lab.scope, limit: 10)
            #expect(Set(found.map(\.kind)) == [.access, .erasure])
            for request in found {
                #expect(request.state == .open && request.connectionID == connection.id)
                #expect(request.dueAt == request.receivedAt.addingTimeInterval(30 * 86_400))
                #expect(request.subjectToken?.hasPrefix("tok_") == true)
                let customerID = try #require(request.customerID)
                #expect(try await lab.lab.count("customers", ["_id": .string(customerID)]) == 1)
            }
            let rows = try await lab.lab.rows("data_requests")
            #expect(!"\(rows)".contains("someone@mail.example"))
        }
    }

    @Test("an app that was removed ends the connection and asks what to do; a shop's removal still comes after it")
    func uninstalled() async throws {
        try await Self.shop { lab in
            let connection = try await lab.connect()
            let address = try #require(lab.server.book.hooks.all.first?.address)
            let gone = lab.server.webhook("app/uninstalled", ["id": 1])
            #expect(try await lab.deliver(gone, to: address) == 200)
            await lab.work()
            #expect(try await lab.service.detail(lab.scope, connection.id).status.state == .revoked)
            lab.time.advance(by: 48 * 3600)
            let redact = lab.server.webhook("shop/redact", ["shop_domain": "northwind.myshopify.com"])
            #expect(try await lab.deliver(redact).status == 200)
            // News of what has ended change nothing.
            let jobs = try await lab.lab.count("jobs", ["kind": "platforms.sync"])
            let news = try #require(lab.server.webhook(customer: 1, url: address))
            #expect(try await lab.deliver(news, to: address) == 200)
            await lab.work()
            #expect(try await lab.lab.count("jobs", ["kind": "platforms.sync"]) == jobs)
            let kinds = try await DataRequests(lab.service).list(lab.scope, limit: 10).map(\.kind)
            #expect(kinds == [.shopErasure, .accessEnded])
        }
    }

    @Test("a request is closed once, with a reason where it is refused")
    func closing() async throws {
        try await Self.shop { lab in
            _ = try await lab.connect()
            for number in 1...2 {
                _ = try await lab.deliver(lab.server.webhook("customers/redact", self.person(number)))
            }
            await lab.work()
            let register = DataRequests(lab.service)
            let open = try await register.list(lab.scope, state: .open, limit: 10)
            #expect(open.count == 2)
            await #expect(throws: ConnectionError.invalidField("note")) {
                _ = try await register.close(lab.scope, open[0].id, as: .refused, note: " ")
            }
            let done = try await register.close(lab.scope, open[0].id, as: .completed, note: "Removed.")
            #expect(done.state == .completed && done.note == "Removed." && done.closedBy == lab.scope.userID)
            await #expect(throws: ConnectionError.unsupported) {
                _ = try await register.close(lab.scope, open[0].id, as: .refused, note: "Too late.")
            }
            #expect(try await register.list(lab.scope, state: .open, limit: 10).map(\.id) == [open[1].id])
            #expect(try await register.countOpen(lab.scope) == 1)
        }
    }

    @Test("an app's address takes each account's news to its connection and nowhere else")
    func routing() async throws {
        try await WebhookLab.open(HubSpotConnector(), HubSpotServer.self) { lab in
            _ = try await lab.connect()
            let url = "https://app.example/webhooks/hubspot"
            lab.time.advance(by: 60)
            let now = lab.time.now
            lab.lab.world.change { $0.change(customer: 2, at: now) { $0.country = "PT" } }
            let before = try await lab.lab.count("customers", ["country": "PT"])
            let news = try #require(lab.server.webhook(customer: 2, url: url))
            #expect(try await lab.deliver(news, altered: [0x20]).status == 401)
            #expect(try await lab.deliver(news).status == 200)
            await lab.work()
            #expect(try await lab.lab.count("customers", ["country": "PT"]) == before + 1)
        }
        // The same message for another portal finds nobody.
        try await WebhookLab.open(HubSpotConnector(), HubSpotServer.self) { lab in
            let connection = try await lab.connect()
            _ = try await lab.lab.database.collection("connections").update(
                ["_id": .string(connection.id)], ["$set": ["account_id": "7"]])
            let news = try #require(lab.server.webhook(customer: 2, url: "https://app.example/webhooks/hubspot"))
            #expect(try await lab.deliver(news).status == 200)
            #expect(try await lab.lab.count("webhook_events") == 0)
        }
    }

    @Test("while an app's secret is replaced, both are good; a third one never is")
    func twoSecrets() async throws {
        let url = "https://app.example/webhooks/hubspot"
        let old = try #require(HubSpotServer(VendorWorld()).settings(base: "")["client_secret"])
        for (given, status) in [("other," + old, 200), ("other", 401)] {
            let settings = ["client_secret": "new", "webhook_secret": given]
            try await WebhookLab.open(HubSpotConnector(), HubSpotServer.self, overrides: settings) { lab in
                _ = try await lab.connect(method: "token")
                let news = try #require(lab.server.webhook(customer: 1, url: url))
                #expect(try await lab.deliver(news).status == status)
            }
        }
    }

    @Test("Meta's two callbacks prove themselves in the body: removed, and data to be removed")
    func meta() async throws {
        try await WebhookLab.open(MetaAdsConnector(), MetaAdsServer.self) { lab in
            let connection = try await lab.connect()
            let person = try #require(try await lab.service.get(lab.scope, connection.id).fields?["person_id"])
            let secret = try #require(lab.host.settings["client_secret"])
            func letter(_ user: String, key: String) -> SignedDelivery {
                func coded(_ bytes: Data) -> String {
                    bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                        .replacing("=", with: "")
                }
                let json = coded(Data("{\"algorithm\":\"HMAC-SHA256\",\"issued_at\":1,\"user_id\":\"\(user)\"}".utf8))
                let code = HMAC<SHA256>.authenticationCode(
                    for: Data(json.utf8), using: SymmetricKey(data: Data(key.utf8)))
                return SignedDelivery(
                    headers: [("Content-Type", "application/x-www-form-urlencoded")],
                    body: Array("signed_request=\(coded(Data(code))).\(json)".utf8))
            }
            let forged = try await lab.deliver(letter(person, key: "wrong"), query: "?event=data_deletion")
            #expect(forged.status == 401)
            let erased = try await lab.deliver(letter(person, key: secret), query: "?event=data_deletion")
            #expect(erased.status == 200)
            let reply = try JSONParser.parse(Array(erased.body.utf8))
            #expect(reply["confirmation_code"]?.stringValue?.isEmpty == false)
            let code = try #require(reply["confirmation_code"]?.stringValue)
            #expect(reply["url"]?.stringValue == "https://app.example/privacy/deletion/\(code)")
            let requests = DataRequests(lab.service)
            #expect(try await requests.status(confirmedBy: code)?.state == .nothing, "not worked on yet")
            #expect(try await requests.status(confirmedBy: String(repeating: "0", count: 40)) == nil)
            #expect(try await requests.status(confirmedBy: "../admin") == nil)
            await lab.work()
            let open = try #require(try await requests.status(confirmedBy: code))
            #expect(open.state == .open && open.receivedAt != nil && open.closedAt == nil)
            let asked = try #require(try await requests.list(lab.scope, limit: 1).first)
            _ = try await requests.close(lab.scope, asked.id, as: .completed, note: "")
            #expect(try await requests.status(confirmedBy: code)?.state == .completed)
            let ended = try await lab.deliver(letter(person, key: secret), query: "?event=deauthorize")
            #expect(ended.status == 200)
            await lab.work()
            #expect(try await lab.service.detail(lab.scope, connection.id).status.state == .revoked)
            #expect(try await lab.service.get(lab.scope, connection.id).status == "expired")
            let kinds = try await DataRequests(lab.service).list(lab.scope, limit: 10).map(\.kind)
            #expect(Set(kinds) == [.erasure, .accessEnded])
        }
    }

    @Test("access that was withdrawn at Square and HubSpot's removal of a person are written down too")
    func others() async throws {
        try await WebhookLab.open(SquareConnector(), SquareServer.self) { lab in
            let connection = try await lab.connect(method: "token")
            let address = try #require(lab.server.book.hooks.all.first?.address)
            let gone = lab.server.webhook("oauth.authorization.revoked", id: "x", event: "gone", url: address)
            #expect(try await lab.deliver(gone, to: address) == 200)
            await lab.work()
            #expect(try await lab.service.detail(lab.scope, connection.id).status.state == .revoked)
            #expect(try await DataRequests(lab.service).list(lab.scope, limit: 10).map(\.kind) == [.accessEnded])
        }
    }
}
