import BSON
import FaultLab
import Foundation
import Records
import Tenancy
import Testing
import Vault
import VendorServers

@testable import Connectors

@Suite("Choosing among accounts")
struct ChoosingTests {
    private let company = SeededCompany(size: .init(customers: 3, orders: 3, campaigns: 4, days: 20))

    private func openMeta(_ body: @escaping @Sendable (Lab<MetaAdsServer>) async throws -> Void) async throws {
        try await Lab.open(
            MetaAdsConnector(), MetaAdsServer.self, company: company, overrides: ["history_days": "20"], body)
    }

    /// Signs in at the vendor without naming an account.
    private func signIn<Server>(_ lab: Lab<Server>, label: String? = nil) async throws -> SignInOutcome {
        let address = try await lab.service.startOAuth(
            lab.scope, platform: Server.platform, redirectURI: "https://app.example/back", label: label)
        let location = try lab.host.visit(address).headers.first { $0.name == "Location" }?.value
        let items = try #require(location.flatMap { URLComponents(string: $0)?.queryItems })
        let values = Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
        return try await lab.service.finishSignIn(
            lab.scope, state: values["state"] ?? "", code: values["code"] ?? values["auth_code"] ?? "",
            parameters: values)
    }

    private func choosing<Server>(_ lab: Lab<Server>, label: String? = nil) async throws -> AccountChoosing {
        guard case .choosing(let choosing) = try await signIn(lab, label: label) else {
            throw ConnectionError.unsupported
        }
        return choosing
    }

    @Test("each account that is chosen becomes a connection of its own, and their rows do not mix")
    func several() async throws {
        try await openMeta { lab in
            let choosing = try await choosing(lab)
            #expect(choosing.choices.map(\.account.id) == ["1008800", "1008801", "1008802"])
            #expect(choosing.choices.map(\.account.isClosed) == [false, true, false])
            #expect(choosing.choices.allSatisfy { $0.account.currency == "USD" && $0.account.timeZone != nil })
            #expect(try await lab.count("connections") == 0)
            let results = try await lab.service.choose(lab.scope, choosing.id, ["1008800", "1008802"])
            let made = try results.map { try #require($0.connection) }
            #expect(made.map(\.accountID) == ["1008800", "1008802"])
            #expect(Set(made.map(\.label)).count == 2)
            for connection in made {
                try await lab.sync(connection)
                #expect(try await lab.status(connection).state == .healthy)
            }
            let campaigns = try await lab.rows("campaigns")
            #expect(campaigns.count { $0["connection_id"]?.stringValue == made[0].id } == 4)
            #expect(campaigns.count { $0["connection_id"]?.stringValue == made[1].id } == 2)
            #expect(try await lab.count("oauth_states") == 0)
            // The same sign-in again: what is connected is marked, and nothing is left to ask but the others.
            let again = try await self.choosing(lab)
            #expect(again.choices.map(\.connectionID) == [made[0].id, nil, made[1].id])
        }
    }

    @Test("what waits for a choice is sealed, belongs to who signed in, and is forgotten after ten minutes")
    func sealed() async throws {
        try await openMeta { lab in
            let choosing = try await choosing(lab)
            let row = try #require(try await lab.rows("oauth_states").first)
            let stored = String(describing: row)
            #expect(!stored.contains("short-") && !stored.contains("Northwind"))
            let other = try #require(
                try await lab.service.memberships.jobScope(
                    organizationID: lab.scope.organizationID, startedBy: nil), "somebody else")
            await #expect(throws: ConnectionError.notFound) {
                _ = try await lab.service.choosing(other, choosing.id)
            }
            await #expect(throws: ConnectionError.invalidField("account_ids")) {
                _ = try await lab.service.choose(lab.scope, choosing.id, ["999"])
            }
            await #expect(throws: ConnectionError.invalidField("account_ids")) {
                _ = try await lab.service.choose(lab.scope, choosing.id, [])
            }
            lab.time.advance(by: 601)
            await #expect(throws: ConnectionError.notFound) {
                _ = try await lab.service.choose(lab.scope, choosing.id, ["1008800"])
            }
            #expect(try await lab.count("connections") == 0)
        }
    }

    @Test("an account that cannot be connected keeps no other from it, and can be tried again")
    func partly() async throws {
        try await openMeta { lab in
            let choosing = try await choosing(lab, label: "Ads")
            let results = try await lab.service.choose(lab.scope, choosing.id, ["1008801", "1008802"])
            #expect(results.map(\.error) == [.refused(.fixAtVendor, message: "The ad account is closed."), nil])
            #expect(results.last?.connection?.label == "Ads · Northwind Wholesale")
            let left = try await lab.service.choosing(lab.scope, choosing.id)
            #expect(left.choices.count { $0.connectionID != nil } == 1)
            let list = try await lab.service.chooseAccounts(lab.scope, choosing.id, ["1008800"])
            #expect(list.count { $0.connectionID != nil } == 2)
            await #expect(throws: ConnectionError.notFound) {
                _ = try await lab.service.choosing(lab.scope, choosing.id)
            }
        }
    }

    @Test("one account asks nothing; none is said in a sentence of ours")
    func oneOrNone() async throws {
        try await Lab.open(TikTokAdsConnector(), TikTokAdsServer.self, company: company) { lab in
            guard case .connected(let connection) = try await signIn(lab) else {
                Issue.record("a question although there is one account")
                return
            }
            #expect(connection.fields?["advertiser_id"] == connection.accountID)
        }
        try await openMeta { lab in
            lab.host.inject(Fault(.reply(.json(["data": []])), on: "/me/adaccounts", times: 2))
            await #expect(throws: ConnectionError.noAccount) { _ = try await signIn(lab) }
        }
    }

    @Test("signing in again is for the account that is connected, whichever others there are")
    func again() async throws {
        try await openMeta { lab in
            let choosing = try await choosing(lab)
            let made = try await lab.service.choose(lab.scope, choosing.id, ["1008802"])
            let connection = try #require(made.first?.connection)
            let address = try await lab.service.startOAuth(
                lab.scope, platform: "meta_ads", redirectURI: "https://app.example/back", reconnecting: connection.id)
            let location = try lab.host.visit(address).headers.first { $0.name == "Location" }?.value
            let items = try #require(location.flatMap { URLComponents(string: $0)?.queryItems })
            let values = Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
            let same = try await lab.service.finishOAuth(
                lab.scope, state: values["state"] ?? "", code: values["code"] ?? "")
            #expect(same.id == connection.id && same.accountID == "1008802")
        }
    }

    @Test("an agency chooses its locations; each is read with a token of its own, which is refreshed by itself")
    func agency() async throws {
        let people = SeededCompany(size: .init(customers: 30, orders: 3, campaigns: 1, days: 20))
        try await Lab.open(GoHighLevelConnector(), GoHighLevelServer.self, company: people) { lab in
            lab.server.agency.signsIn = true
            let choosing = try await choosing(lab)
            let ids = choosing.choices.map(\.account.id)
            #expect(ids.count == 2 && choosing.choices.map(\.account.name).last == "Northwind Coffee Porto")
            let made = try await lab.service.choose(lab.scope, choosing.id, ids).map { try #require($0.connection) }
            #expect(made.map { $0.fields?["location_id"] } == ids.map { $0 })
            for connection in made { try await lab.sync(connection, streams: ["customers"]) }
            let present = people.customers.filter { !$0.isDeleted }
            #expect(try await lab.count("customers", ["connection_id": .string(made[0].id)]) == present.count)
            let second = try await lab.rows("customers", ["connection_id": .string(made[1].id)])
            let branch = present.filter { $0.number < 10 }.map { "contact\($0.number)" }
            #expect(second.compactMap { $0["external_id"]?.stringValue }.sorted() == branch.sorted())
            // Each refreshes its own single-use token, and neither takes the other's.
            lab.time.advance(by: 2 * 86_400)
            for connection in made {
                try await lab.sync(connection, streams: ["customers"])
                #expect(try await lab.status(connection).state != .actionRequired)
            }
            #expect(lab.server.tokens.refreshes == 2)
            // The agency signs in again for one of them: that one goes on, with a token for that location.
            lab.server.tokens.revokeAll()
            try await lab.sync(made[1], streams: ["customers"])
            #expect(try await lab.status(made[1]).nextStep == .reconnect)
            let same = try await lab.bench.signIn(reconnecting: made[1].id)
            #expect(same.id == made[1].id && same.fields?["location_id"] == ids[1])
            try await lab.sync(same, streams: ["customers"])
            #expect(try await lab.status(same).nextStep != .reconnect)
        }
    }

    @Test("an account below a manager is reached through it; access is withdrawn with the last account only")
    func manager() async throws {
        try await Lab.open(GoogleAdsConnector(), GoogleAdsServer.self, company: company) { lab in
            let choosing = try await choosing(lab)
            #expect(choosing.choices.map(\.account.id) == ["1234567890", "2223334444"])
            let results = try await lab.service.choose(
                lab.scope, choosing.id, choosing.choices.map(\.account.id))
            let made = try results.map { try #require($0.connection) }
            #expect(made[1].fields?["login_customer_id"] == "9990001111")
            #expect(made[0].fields?["login_customer_id"] == nil)
            try await lab.sync(made[1])
            #expect(try await lab.status(made[1]).state == .healthy)
            #expect(try await lab.count("campaigns", ["connection_id": .string(made[1].id)]) == 2)
            try await lab.service.disconnect(lab.scope, made[0].id, erasesData: false)
            #expect(lab.host.calls("/revoke") == 0)
            try await lab.sync(made[1])
            #expect(try await lab.status(made[1]).state == .healthy)
            try await lab.service.disconnect(lab.scope, made[1].id, erasesData: false)
            #expect(lab.host.calls("/revoke") == 1)
        }
    }
}
