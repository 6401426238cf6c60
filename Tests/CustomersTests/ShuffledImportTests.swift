import Foundation
import Tenancy
import Testing
import Vault

@testable import Customers

/// People of several sources, some of whom have addresses, numbers or links in common, made from a seed.
private struct Crowd {
    struct Piece {
        let connection: String
        let platform: String
        let people: [CustomerInput]
        let orders: [OrderInput]
    }

    private(set) var pieces: [Piece] = []
    private var state: UInt64

    private mutating func roll(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    /// Twenty people whom each source knows under a name of its own, most of them by address, some by number or link.
    /// Here and there somebody carries another one's address. Nobody is merged more than ten times on one day.
    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        for (connection, platform) in [("con_a", "shopify"), ("con_b", "klaviyo"), ("con_c", "hubspot")] {
            var people: [CustomerInput] = []
            for person in 0..<20 where roll(10) < 8 {
                let bearer = roll(20) == 0 ? roll(20) : person
                let links =
                    connection != "con_a" && roll(10) < 3
                    ? [PersonLink(platform: "shopify", externalID: "con_a-\(person)")] : []
                people.append(
                    Shop.person(
                        "\(connection)-\(person)", email: roll(10) < 7 ? "p\(bearer)@shop.example" : nil,
                        phone: roll(10) < 3 ? "+346123456\(10 + person)" : nil, day: Double(roll(300)) - 400,
                        links: links))
            }
            let orders = (0..<12).map { number in
                Shop.order(
                    "\(connection)-o\(number)", of: "\(connection)-\(roll(22))", day: Double(roll(200)),
                    amount: Int64(100 + roll(5000)))
            }
            for part in 0..<3 {
                pieces.append(
                    Piece(
                        connection: connection, platform: platform,
                        people: people.enumerated().filter { $0.offset % 3 == part }.map(\.element),
                        orders: orders.enumerated().filter { $0.offset % 3 == (part + 1) % 3 }.map(\.element)))
            }
        }
    }

    mutating func shuffled() -> [Piece] {
        var left = pieces
        var result: [Piece] = []
        while !left.isEmpty { result.append(left.remove(at: roll(left.count))) }
        return result
    }
}

@Suite("The order of imports")
struct ShuffledImportTests {
    private static let seeds = ProcessInfo.processInfo.environment["OMNIFY_LAB"] == "all" ? 1...40 : 1...2

    /// Who is one person with whom, and what each has ordered and spent: all of it by the sources' own names.
    private static func customers(_ shop: Shop) async throws -> Set<String> {
        let rows = try await TenantCollection<StoredCustomer>(shop.scope, shop.database).find()
        let members = Dictionary(grouping: rows) { $0.mergedInto ?? $0.id }
        return Set(
            members.map { root, members in
                let names = members.map(\.externalID).sorted().joined(separator: ",")
                let sums = rows.first { $0.id == root }?.counters ?? CustomerCounters()
                return "\(names): \(sums.orders) orders, \(sums.spentMinor), last \(sums.lastOrderAt as Date?)"
            })
    }

    @Test("does not change who the customers are, nor what each has spent", arguments: seeds)
    func shuffled(seed: Int) async throws {
        var crowd = Crowd(seed: UInt64(seed))
        var seen: [Set<String>] = []
        for order in [crowd.pieces, crowd.shuffled(), crowd.shuffled()] {
            let collected = Answers()
            try await Shop.open { shop in
                for (place, piece) in order.enumerated() {
                    try await shop.load(
                        piece.connection, as: piece.platform, importID: "imp_\(place)",
                        WriteBatch(orders: piece.orders, customers: piece.people))
                }
                await collected.add(try await Self.customers(shop))
            }
            seen.append(await collected.all)
        }
        let first = try #require(seen.first)
        #expect(first.contains { $0.contains(",") }, "nobody was merged: the crowd proves nothing")
        for other in seen.dropFirst() { #expect(other == first, "\(other.symmetricDifference(first).sorted())") }
    }
}

private actor Answers {
    private(set) var all: Set<String> = []

    func add(_ more: Set<String>) { all.formUnion(more) }
}
