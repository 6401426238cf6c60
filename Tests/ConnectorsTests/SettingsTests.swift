import FaultLab
import Foundation
import Jobs
import Records
import Tenancy
import Testing
import Vault
import VendorServers

@testable import Connectors

@Suite("Settings of a connection")
struct SettingsTests {
    private let small = SeededCompany(size: .init(customers: 23, orders: 31, products: 3))

    @Test("a stream that is switched off is not read, and not late; switched on it is")
    func switches() async throws {
        try await Lab.open(HubSpotConnector(), HubSpotServer.self, company: small) { lab in
            let connection = try await lab.connect()
            try await lab.service.change(
                lab.scope, connection.id, label: "Shop in Madrid",
                streams: [StreamChange("orders", isOn: false), StreamChange("customers", every: 600)])
            try await lab.sync(connection)
            #expect(try await lab.count("orders") == 0)
            #expect(try await lab.count("customers") == 23)
            let detail = try await lab.service.detail(lab.scope, connection.id)
            #expect(detail.connection.label == "Shop in Madrid" && detail.status.state == .healthy)
            #expect(detail.streams.first { $0.stream == "customers" }?.every == 600)
            let name = lab.service.heartbeat(connection.id, "orders")
            #expect(
                try await lab.service.heartbeats.status(name, partition: lab.scope.organizationID) == nil)
            try await lab.service.change(
                lab.scope, connection.id, streams: [StreamChange("orders", isOn: true)])
            try await lab.sync(connection)
            #expect(try await lab.count("orders") == 31)
        }
    }

    @Test("a rhythm, stream or name that cannot be is refused and changes nothing")
    func refused() async throws {
        try await Lab.open(HubSpotConnector(), HubSpotServer.self, company: small) { lab in
            let connection = try await lab.connect()
            for change in [StreamChange("orders", every: 60), StreamChange("nonsense", isOn: false)] {
                await #expect(throws: ConnectionError.self) {
                    try await lab.service.change(lab.scope, connection.id, label: "New", streams: [change])
                }
            }
            await #expect(throws: ConnectionError.invalidField("label")) {
                try await lab.service.change(lab.scope, connection.id, label: "")
            }
            #expect(try await lab.service.get(lab.scope, connection.id).label == connection.label)
        }
    }

    @Test("the account test tells good credentials from withdrawn ones")
    func test() async throws {
        try await Lab.open(HubSpotConnector(), HubSpotServer.self, company: small) { lab in
            let connection = try await lab.connect()
            #expect(try await lab.service.test(lab.scope, connection.id).id == connection.accountID)
            lab.host.server.revoke()
            do {
                _ = try await lab.service.test(lab.scope, connection.id)
                Issue.record("withdrawn credentials passed")
            } catch ConnectionError.refused(let remedy, _) {
                #expect(remedy == .reconnect)
            }
        }
    }

    @Test("a new token is fetched on demand where there is one to fetch")
    func token() async throws {
        try await Lab.open(HubSpotConnector(), HubSpotServer.self, company: small) { lab in
            let connection = try await lab.connectByOAuth()
            let until = try await lab.service.renewToken(lab.scope, connection.id)
            #expect(until ?? .distantPast > lab.time.now)
            #expect(lab.server.tokens.refreshes == 1)
        }
        try await Lab.open(HubSpotConnector(), HubSpotServer.self, company: small) { lab in
            let connection = try await lab.connect(method: "token")
            await #expect(throws: ConnectionError.unsupported) {
                _ = try await lab.service.renewToken(lab.scope, connection.id)
            }
        }
    }

    @Test("accounts the credentials open are listed, with who reads them")
    func accounts() async throws {
        try await Lab.open(LinkedInAdsConnector(), LinkedInAdsServer.self, company: small) { lab in
            let connection = try await lab.connectByOAuth()
            let choices = try await lab.service.accounts(lab.scope, connection.id)
            #expect(choices.first { $0.account.id == connection.accountID }?.connectionID == connection.id)
            let same = try await lab.service.chooseAccounts(
                lab.scope, connection.id, [try #require(connection.accountID)])
            #expect(same.count == choices.count)
            await #expect(throws: ConnectionError.invalidField("account_ids")) {
                _ = try await lab.service.chooseAccounts(lab.scope, connection.id, ["999"])
            }
        }
    }

    @Test("a reading is listed, and one that is over cannot be stopped")
    func runs() async throws {
        try await Lab.open(HubSpotConnector(), HubSpotServer.self, company: small) { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let all = try await lab.service.runs(lab.scope, RunQuery(), after: nil, limit: 100)
            #expect(all.count >= 3 && all.allSatisfy { $0.state == "finished" })
            let orders = try await lab.service.runs(lab.scope, RunQuery(stream: "orders"), after: nil, limit: 100)
            #expect(orders.map(\.stream) == ["orders"])
            let last = try #require(all.last)
            let rest = try await lab.service.runs(
                lab.scope, RunQuery(), after: LogPlace(at: all[0].startedAt, id: all[0].id), limit: 100)
            #expect(rest.map(\.id) == Array(all.dropFirst().map(\.id)))
            await #expect(throws: ConnectionError.unsupported) {
                _ = try await lab.service.cancelRun(lab.scope, last.id)
            }
            let started = try await lab.service.syncAll(lab.scope)
            #expect(started.map(\.connectionID) == [connection.id])
        }
    }
}
