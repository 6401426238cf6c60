import BSON
import FaultLab
import Foundation
import Records
import Synchronization
import Testing
import Vault
import VendorServers
import Web

@testable import Connectors

@Suite("Shopify's first load by file")
struct ShopifyBulkTests {
    private let company: SeededCompany = {
        var company = SeededCompany(size: .init(customers: 170, orders: 130, products: 60, events: 20))
        company.change(order: ShopifyServer.bigOrder, at: company.order(ShopifyServer.bigOrder).placedAt) {
            ($0.refundedMinor, $0.isTest, $0.isCancelled) = (1400, false, false)
        }
        return company
    }()
    private static let streams = ["customers", "products", "orders"]

    /// Goes over to the file after the first page of everything.
    private func open(
        _ settings: [String: String] = [:], _ body: @escaping @Sendable (Lab<ShopifyServer>) async throws -> Void
    ) async throws {
        let overrides = ["bulk_pages": "1", "bulk_part": "20000"].merging(settings) { $1 }
        try await Lab.open(
            ShopifyConnector(), ShopifyServer.self, company: company, overrides: overrides, body)
    }

    /// What the lists give page by page.
    private func paged(_ streams: [String]? = Self.streams) async throws -> LabSnapshot {
        let held = Held()
        try await open(["bulk_pages": "1000000"]) { lab in
            try await lab.sync(try await lab.connect(), streams: streams)
            #expect(lab.server.bulk.begun == 0)
            let snapshot = try await lab.fingerprint()
            held.snapshot.withLock { $0 = snapshot }
        }
        return try #require(held.snapshot.withLock { $0 })
    }

    private final class Held: Sendable {
        let snapshot = Mutex<LabSnapshot?>(nil)
    }

    /// Loads with whatever `disturb` does, until it is healthy, and holds the rows against those of pages.
    private func expectSame(
        _ settings: [String: String] = [:], _ disturb: @escaping @Sendable (Lab<ShopifyServer>) async throws -> Void,
        _ check: @escaping @Sendable (Lab<ShopifyServer>) async throws -> Void = { _ in }
    ) async throws {
        let truth = try await paged()
        try await open(settings) { lab in
            let connection = try await lab.connect()
            try await disturb(lab)
            try await lab.sync(connection, streams: Self.streams)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.fingerprint() == truth)
            try await check(lab)
            let (begun, files) = (lab.server.bulk.begun, lab.host.calls("/bulk/"))
            try await lab.sync(connection, streams: Self.streams)
            let isPaged = lab.server.bulk.begun == begun && lab.host.calls("/bulk/") == files
            #expect(isPaged, "the next reading asks for changes only")
            #expect(try await lab.fingerprint() == truth)
        }
    }

    @Test("the file brings what pages bring, with lines and variants in their records, in fewer calls")
    func same() async throws {
        try await expectSame([:]) { _ in
        } _: { lab in
            #expect(lab.server.bulk.begun == 3)
            let parts = lab.host.calls("/bulk/")
            #expect(parts > 6, "the file is read in parts")
            let order = try #require(
                try await lab.rows(
                    "orders", ["external_id": .string("gid://shopify/Order/\(ShopifyServer.bigOrder)")]
                ).first)
            #expect(order["quantity"]?.intValue == 15 * lab.world.company.order(ShopifyServer.bigOrder).quantity)
        }
    }

    @Test("a short list is read page by page")
    func short() async throws {
        try await open(["bulk_pages": "7"]) { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: Self.streams)
            #expect(lab.server.bulk.begun == 0 && lab.host.calls("/bulk/") == 0)
        }
    }

    @Test("an operation that fails is begun again; one that goes on failing leaves the list to pages")
    func failed() async throws {
        try await expectSame([:]) { lab in
            lab.server.bulk.failNext("INTERNAL_SERVER_ERROR")
        } _: { lab in
            #expect(lab.server.bulk.begun == 4)
        }
        try await expectSame([:]) { lab in
            for _ in 0..<3 { lab.server.bulk.failNext("TIMEOUT", isPartial: true) }
        } _: { lab in
            // Customers came by pages, the other lists by file; part of the data was never fetched.
            #expect(lab.server.bulk.begun == 5)
        }
    }

    @Test("an address that is not good any more leads to another operation")
    func expired() async throws {
        try await expectSame([:]) { lab in
            let server = lab.server
            lab.host.inject(Fault(.hook { server.bulk.expireFiles() }, on: "/bulk/", after: 2))
        } _: { lab in
            #expect(lab.server.bulk.begun == 4)
        }
    }

    @Test("another operation at work is waited for, and then ours is begun")
    func busy() async throws {
        try await expectSame([:]) { lab in
            lab.server.bulk.occupy(looks: 3)
        } _: { lab in
            #expect(lab.server.bulk.begun == 3)
            #expect(lab.pauses.all.contains(1))
        }
    }

    @Test("a host that sends files whole, cut lines and busy hosts change nothing")
    func hosts() async throws {
        try await expectSame([:]) { lab in
            lab.server.bulk.sendWhole()
            lab.host.inject(
                Fault(.cut, on: "/bulk/", after: 1), Fault(.error(503), on: "/bulk/", after: 3))
        }
    }

    @Test("a record that is longer than a part is read with a longer one")
    func longRecord() async throws {
        try await expectSame(["bulk_part": "700"]) { _ in }
    }

    @Test("a worker that dies between two parts is followed by one that goes on with the next")
    func crash() async throws {
        let truth = try await paged(nil)
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.error(503), on: "/bulk/", after: 2, times: 3))
            try await lab.sync(connection, streams: ["customers"])
            let state = try #require(try await lab.rows("sync_states", ["stream": "customers"]).first)
            let token = state["place"]?.documentValue?["token"]?.stringValue
            let place = try #require(BulkPlace(token))
            #expect(place.step == .file && place.offset > 0)
            #expect(token?.contains("signature") == false, "the address of the file is not kept")
            lab.time.advance(by: 3600)
            try await lab.sync(connection)
            #expect(lab.server.bulk.begun == 3)
            #expect(try await lab.fingerprint() == truth)
        }
    }

    @Test("no right for a list is said at once")
    func denied() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.server.bulk.failNext("ACCESS_DENIED")
            try await lab.sync(connection, streams: ["customers"])
            #expect(try await lab.status(connection).nextStep == .addScope)
        }
    }

    @Test("lines become records; the last one waits for its children where the file goes on")
    func families() throws {
        let text = """
            {"id":"a"}
            {"quantity":1,"__parentId":"a"}
            {"quantity":2,"__parentId":"a"}
            {"id":"b"}
            {"quantity":3,"__parentId":"b"}

            """
        func read(_ text: String, isLast: Bool) throws -> BulkFamilies {
            let total = text.utf8.count + (isLast ? 0 : 100)
            let reply = VendorResponse(
                status: 206, headers: ["Content-Range": "bytes 0-\(text.utf8.count - 1)/\(total)"],
                body: Array(text.utf8), receivedAt: Date())
            return try BulkFamilies(BulkBytes(reply, offset: 0, length: text.utf8.count), children: "lineItems")
        }
        let whole = try read(text, isLast: true)
        #expect(whole.records.map { $0.at("lineItems.nodes")?.list.count } == [2, 1])
        #expect(whole.records.allSatisfy { $0.at("lineItems.nodes.0.__parentId") == nil })
        let part = try read(text, isLast: false)
        #expect(part.records.count == 1)
        #expect(part.length == text.utf8.count - #"{"id":"b"} {"quantity":3,"__parentId":"b"} "#.utf8.count)
        #expect(try read(#"{"id":"a"}"#, isLast: false).length == 0)
        #expect(throws: VendorFault.self) { _ = try read(text + #"{"quantity":9,"__parentId":"a"}"#, isLast: true) }
        #expect(throws: VendorFault.self) { _ = try read(#"{"id":"a"#, isLast: true) }
    }
}
