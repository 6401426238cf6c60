import BSON
import Foundation
import Mongo
import Records
import Synchronization
import Tenancy
import Testing
import Vault
import VendorServers
import Web

@testable import Connectors

@Suite("Quarantine")
struct QuarantineTests {
    private let company: SeededCompany = {
        var company = SeededCompany(size: .init(customers: 20, orders: 60, products: 5, events: 10))
        for number in 0..<60 {
            company.change(order: number, at: company.order(number).placedAt) { $0.refundedMinor = 0 }
        }
        return company
    }()

    private func gid(_ number: Int) -> String { "gid://shopify/Order/\(number)" }

    @Test("a record that cannot be taken is kept with its reason, and another try after a fix takes it")
    func retry() async throws {
        let refused = Refused([gid(3), gid(41)])
        try await Lab.open(Fussy(refused: refused), ShopifyServer.self, company: company) { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["orders"])
            #expect(try await lab.count("orders") == 58)
            let rows = try await lab.service.quarantined(lab.scope, connectionID: connection.id)
            #expect(Set(rows.map(\.externalID)) == [gid(3), gid(41)])
            let row = try #require(rows.first { $0.externalID == gid(3) })
            #expect(row.stream == "orders" && row.field == "processedAt" && row.reason == "odd" && row.rawID != nil)
            #expect(row.platform == "shopify" && row.connectionID == connection.id)
            #expect(try await lab.service.quarantineCounts(lab.scope) == ["\(connection.id)/orders": 2])
            let health = try #require(try await lab.service.dataHealth(lab.scope).first)
            #expect(health.quarantined == 2 && health.streams.first { $0.stream == "orders" }?.quarantined == 2)

            // Nothing was fixed: it stays, known since the same moment.
            try await lab.work(try await lab.service.retryQuarantined(lab.scope, row.id))
            let again = try #require(
                try await lab.service.quarantined(lab.scope).first { $0.externalID == gid(3) })
            #expect(again.firstSeenAt == row.firstSeenAt && again.rawID == row.rawID)
            #expect(try await lab.count("orders") == 58)

            refused.ids.withLock { $0 = [] }
            try await lab.work(try await lab.service.retryQuarantined(lab.scope, row.id))
            #expect(try await lab.service.quarantined(lab.scope).map(\.externalID) == [gid(41)])
            #expect(try await lab.count("orders", ["external_id": .string(gid(3))]) == 1)
            try await lab.work(
                try await lab.service.retryAllQuarantined(lab.scope, connectionID: connection.id))
            #expect(try await lab.service.quarantined(lab.scope) == [])
            #expect(try await lab.count("orders") == 60)
        }
    }

    @Test("what a later page brings whole leaves the quarantine by itself")
    func healed() async throws {
        try await Lab.open(ShopifyConnector(), ShopifyServer.self, company: company) { lab in
            let connection = try await lab.connect()
            let once = Mutex(true)
            lab.host.inject(
                Fault(
                    .rewrite { reply in
                        let lost = Self.losingOnePrice(reply)
                        guard lost.body != reply.body else { return reply }
                        let isFirst = once.withLock { first in
                            defer { first = false }
                            return first
                        }
                        return isFirst ? lost : reply
                    }, on: "graphql", times: 9))
            try await lab.sync(connection, streams: ["orders"])
            let row = try #require(try await lab.service.quarantined(lab.scope).first)
            #expect(row.field == "totalPriceSet" && row.reason == "missing")
            #expect(try await lab.count("orders") == 59)
            let cancelled = lab.world.company.orders.count { $0.isCancelled && self.gid($0.number) != row.externalID }
            #expect(try await lab.count("orders", ["status": "cancelled"]) == cancelled)
            let number = try #require(row.externalID.split(separator: "/").last.flatMap { Int($0) })
            lab.world.change { $0.change(order: number, at: $0.now.addingTimeInterval(30)) { $0.quantity += 1 } }
            try await lab.sync(connection, streams: ["orders"])
            #expect(try await lab.service.quarantined(lab.scope) == [])
            #expect(try await lab.count("orders") == 60)
        }
    }

    /// The first order on the page comes without its price.
    private static let losingOnePrice: @Sendable (VendorReply) -> VendorReply = { reply in
        var body = String(decoding: reply.body, as: UTF8.self)
        if let place = body.range(of: "\"totalPriceSet\"") { body.replaceSubrange(place, with: "\"lostPriceSet\"") }
        return VendorReply(200, headers: [("Content-Type", "application/json")], body: Array(body.utf8))
    }

    @Test("what somebody chose to ignore is neither listed nor counted, until it is listed again or can be taken")
    func ignored() async throws {
        let refused = Refused([gid(3), gid(41)])
        try await Lab.open(Fussy(refused: refused), ShopifyServer.self, company: company) { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["orders"])
            let row = try #require(
                try await lab.service.quarantined(lab.scope).first { $0.externalID == gid(3) })
            try await lab.service.ignoreQuarantined(lab.scope, row.id)
            #expect(try await lab.service.quarantined(lab.scope).map(\.externalID) == [gid(41)])
            #expect(try await lab.service.quarantined(lab.scope, ignored: true).map(\.externalID) == [gid(3)])
            #expect(try await lab.service.quarantineCounts(lab.scope) == ["\(connection.id)/orders": 1])
            // It comes again as it was: still ignored.
            try await lab.work(try await lab.service.rebuild(lab.scope, connection.id))
            #expect(try await lab.service.quarantined(lab.scope).map(\.externalID) == [gid(41)])
            try await lab.service.restoreQuarantined(lab.scope, row.id)
            #expect(try await lab.service.quarantined(lab.scope).count == 2)
            try await lab.service.ignoreQuarantined(lab.scope, row.id)
            refused.ids.withLock { $0 = [] }
            try await lab.work(
                try await lab.service.retryAllQuarantined(lab.scope, connectionID: connection.id))
            #expect(try await lab.service.quarantined(lab.scope, ignored: true) == [])
            #expect(try await lab.count("orders") == 60)
            await #expect(throws: ConnectionError.notFound) {
                try await lab.service.ignoreQuarantined(lab.scope, "qtn_unknown")
            }
        }
    }

    @Test("a page that has expired, and a record of somebody else, are refused")
    func refusals() async throws {
        let refused = Refused([gid(3)])
        try await Lab.open(Fussy(refused: refused), ShopifyServer.self, company: company) { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["orders"])
            let row = try #require(try await lab.service.quarantined(lab.scope).first)
            await #expect(throws: ConnectionError.notFound) {
                try await lab.service.retryQuarantined(lab.scope, "qtn_unknown")
            }
            _ = try await lab.database.collection("raw_records").delete([:], multi: true)
            await #expect(throws: ConnectionError.rawGone) {
                try await lab.service.retryQuarantined(lab.scope, row.id)
            }
            try await lab.service.disconnect(lab.scope, connection.id, erasesData: true)
            #expect(try await lab.count("quarantine") == 0)
        }
    }
}

/// Orders that a mapping does not understand yet.
final class Refused: Sendable {
    let ids: Mutex<Set<String>>

    init(_ ids: Set<String>) { self.ids = Mutex(ids) }
}

/// Shopify with a mapping that refuses some orders until it is fixed.
struct Fussy: Connector {
    let refused: Refused
    private let base = ShopifyConnector()

    init(refused: Refused) { self.refused = refused }

    var platform: String { base.platform }
    var name: String { base.name }
    var methods: [AuthMethod] { base.methods }
    var defaults: PlatformSettings { base.defaults }
    func account(_ client: VendorClient) async throws -> VendorAccount { try await base.account(client) }
    func fault(in response: VendorResponse) -> VendorFault? { base.fault(in: response) }
    func allowance(in response: VendorResponse) -> Allowance? { base.allowance(in: response) }

    var streams: [SyncStream] {
        base.streams.map { stream in
            SyncStream(
                stream.name, stream.span, every: stream.every, pager: stream.pager, records: stream.records,
                id: stream.id, updated: stream.updated, required: stream.required, request: stream.request,
                expand: stream.expand,
                map: { [refused] record, context, batch in
                    let id = record.at("id")?.text ?? ""
                    if refused.ids.withLock({ $0.contains(id) }) { throw MappingProblem("processedAt", "odd") }
                    try stream.map(record, context, &batch)
                })
        }
    }
}
