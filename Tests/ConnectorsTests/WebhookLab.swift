import BSON
import Connectors
import FaultLab
import Foundation
import Jobs
import Records
import Tenancy
import Testing
import Vault
import VendorServers
import Web

/// A lab whose manager is reached from outside, with a connection that is loaded and whose address is registered.
struct WebhookLab<Server: VendorServer>: Sendable {
    let lab: Lab<Server>
    let service: ConnectionsService

    static func open(
        _ connector: any Connector, _ server: Server.Type, overrides: [String: String] = [:],
        _ body: @escaping @Sendable (WebhookLab) async throws -> Void
    ) async throws {
        try await Lab.open(connector, server, overrides: overrides) { lab in
            var service = lab.service
            let organization = lab.scope.organizationID
            service.site = WebhookSite(
                publicURL: "https://app.example", organizations: { _, _, _ in [organization] },
                asked: { _ in [organization] })
            try await body(WebhookLab(lab: lab, service: service))
        }
    }

    var scope: TenantScope { lab.scope }
    var server: Server { lab.server }
    var host: VendorHost { lab.host }
    var time: ManualTime { lab.time }

    // MARK: Doing

    /// Connects, and lets a worker load it and register its address.
    func connect(method: String? = nil) async throws -> Connection {
        let methods = lab.bench.connector.methods
        let chosen = try #require(methods.first { method == nil ? true : $0.id == method })
        let connection: Connection
        if chosen.isRedirect {
            connection = try await signIn()
        } else {
            connection = try await service.connect(
                scope, platform: Server.platform, methodID: chosen.id, fields: lab.host.server.fields)
        }
        await work()
        return try await service.get(scope, connection.id)
    }

    private func signIn() async throws -> Connection {
        let address = try await service.startOAuth(
            scope, platform: Server.platform, fields: lab.host.server.fields,
            redirectURI: "https://app.example/oauth/callback/\(Server.platform)")
        let location = try lab.host.visit(address).headers.first { $0.name == "Location" }?.value
        let items = try #require(location.flatMap { URLComponents(string: $0)?.queryItems })
        let parameters = Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
        return try await service.finishOAuth(
            scope, state: parameters["state"] ?? "", code: parameters["code"] ?? "", parameters: parameters)
    }

    func work() async { await lab.bench.worker(service).workOff() }

    /// What the vendor sends to a connection's address; returns the answer's status.
    @discardableResult
    func deliver(
        _ signed: SignedDelivery, to address: String, altered: [UInt8] = [], late: TimeInterval = 0
    ) async throws -> Int {
        let token = try #require(address.split(separator: "/").last.map(String.init))
        return try await service.receive(
            platform: Server.platform, token: token, delivery(signed, address, altered: altered, late: late)
        ).status
    }

    /// What the vendor sends to the address of the whole installation.
    func deliver(_ signed: SignedDelivery, altered: [UInt8] = [], query: String = "") async throws -> WebhookAnswer {
        let address = "https://app.example/webhooks/\(Server.platform)" + query
        return try await service.receive(
            platform: Server.platform, delivery(signed, address, altered: altered, late: 0))
    }

    func delivery(
        _ signed: SignedDelivery, _ address: String, altered: [UInt8], late: TimeInterval
    ) -> WebhookDelivery {
        WebhookDelivery(
            method: "POST", url: address, headers: Pairs(signed.headers.map { ($0.name, $0.value) }),
            body: signed.body + altered, receivedAt: time.now.addingTimeInterval(late))
    }

    /// Asks the address by GET, as vendors do that want to know whether it is ours.
    func ask(_ address: String, _ query: String) async throws -> WebhookAnswer {
        let token = try #require(address.split(separator: "/").last.map(String.init))
        return try await service.receive(
            platform: Server.platform, token: token,
            WebhookDelivery(
                method: "GET", url: address + "?" + query, headers: [:], body: [], receivedAt: time.now))
    }

    // MARK: Looking

    func registration(_ connection: Connection) async throws -> WebhookRegistration? {
        try await service.get(scope, connection.id).webhooks
    }

    func securityEvents() async throws -> Int {
        try await lab.count("audit_log", ["action": "connection.webhook_refused"])
    }

    /// A person at the vendor moves, the vendor tells us, and nobody else asks.
    func expectNews(of customer: Int, at address: String, _ signed: SignedDelivery? = nil) async throws {
        time.advance(by: 60)
        let now = time.now
        lab.world.change { $0.change(customer: customer, at: now) { $0.country = "PT" } }
        let before = try await lab.count("customers", ["country": "PT"])
        let news = try #require(signed ?? lab.server.webhook(customer: customer, url: address))
        #expect(try await deliver(news, to: address, altered: [0x20]) == 401)
        #expect(try await deliver(news, to: address) == 200)
        await work()
        #expect(try await lab.count("customers", ["country": "PT"]) == before + 1)
    }
}
