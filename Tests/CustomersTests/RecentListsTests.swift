import BSON
import Foundation
import NIOCore
import Tenancy
import Testing

@testable import Customers

@Suite("Lists that were just made")
struct RecentListsTests {
    private static func key(_ query: CustomerQuery = CustomerQuery(), organization: String = "org_a")
        -> RecentLists.Key
    {
        RecentLists.Key(organizationID: organization, query: query, form: .json(currency: "USD", fields: nil))
    }

    /// Counts how often a list is made, and makes it of one row.
    private final class Maker {
        var made = 0
        var until: Date?

        func make() throws -> (ByteBuffer, CustomerPageOfRows) {
            made += 1
            var row = try CustomerRow(bson: ["_id": "cus_1"])
            row.consent.until = until
            return (ByteBuffer(integer: made), CustomerPageOfRows(rows: [row], offset: 0))
        }
    }

    private let now = Date(timeIntervalSince1970: 1_767_225_600)

    @Test("the same list of the same data is made once; another version, query or organization makes it anew")
    func version() async throws {
        let lists = RecentLists()
        let maker = Maker()
        let first = try await lists.body(Self.key(), version: 1, now: now) { try maker.make() }
        #expect(try await lists.body(Self.key(), version: 1, now: now) { try maker.make() } == first)
        #expect(maker.made == 1)
        _ = try await lists.body(Self.key(), version: 2, now: now) { try maker.make() }
        #expect(maker.made == 2)
        _ = try await lists.body(Self.key(CustomerQuery(limit: 10)), version: 2, now: now) { try maker.make() }
        #expect(maker.made == 3)
        _ = try await lists.body(Self.key(organization: "org_b"), version: 2, now: now) { try maker.make() }
        #expect(maker.made == 4)
    }

    @Test("a list is made anew when a consent that it shows has lapsed")
    func lapse() async throws {
        let lists = RecentLists()
        let maker = Maker()
        maker.until = now.addingTimeInterval(10)
        _ = try await lists.body(Self.key(), version: 1, now: now) { try maker.make() }
        _ = try await lists.body(Self.key(), version: 1, now: now.addingTimeInterval(9)) { try maker.make() }
        #expect(maker.made == 1)
        _ = try await lists.body(Self.key(), version: 1, now: now.addingTimeInterval(10)) { try maker.make() }
        #expect(maker.made == 2)
    }

    @Test(
        "lists that change without the data, or hold what a person typed, are never kept",
        arguments: [
            CustomerQuery(search: "ann@example.org"), CustomerQuery(consent: .granted), CustomerQuery(segment: "seg_1"),
        ])
    func unkept(query: CustomerQuery) async throws {
        let lists = RecentLists()
        let maker = Maker()
        for _ in 0..<2 { _ = try await lists.body(Self.key(query), version: 1, now: now) { try maker.make() } }
        #expect(maker.made == 2)
    }
}
