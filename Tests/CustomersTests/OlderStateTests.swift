import BSON
import Foundation
import Mongo
import Tenancy
import Testing

@testable import Customers

@Suite("Of two states the source's newer one stays")
struct OlderStateTests {
    static func order(_ amount: Int64, updated: Double?, of customer: String = "ann") -> OrderInput {
        var order = Shop.order("1", of: customer, day: 0, amount: amount)
        order.sourceUpdatedAt = updated.map(Shop.day)
        return order
    }

    @Test("orders, one batch after the other or in one", arguments: [[1, 2, 3], [3, 2, 1], [2, 3, 1], [3, 1, 2]])
    func orders(arrival: [Int]) async throws {
        try await Shop.open { shop in
            let states = arrival.map { Self.order(Int64($0) * 100, updated: Double($0)) }
            for (number, state) in states.enumerated() {
                try await shop.load("con_s", importID: "imp_\(number)", WriteBatch(orders: [state]))
            }
            #expect(try await CustomerFigures(shop.scope, shop.database).dataState().revenueMinor == 300)
            try await shop.load("con_t", WriteBatch(orders: states))
            #expect(try await CustomerFigures(shop.scope, shop.database).dataState().revenueMinor == 600)
        }
    }

    @Test("a state that the source still had later is not overwritten by one in between")
    func confirmed() async throws {
        try await Shop.open { shop in
            for (number, state) in [(100, 1.0), (100, 5.0), (200, 3.0)].enumerated() {
                try await shop.load(
                    "con_s", importID: "imp_\(number)",
                    WriteBatch(
                        orders: [Self.order(Int64(state.0), updated: state.1)],
                        customers: [
                            Shop.person("ann", updated: state.1, first: state.0 == 100 ? "Ann" : "Anna")
                        ]))
            }
            #expect(try await CustomerFigures(shop.scope, shop.database).dataState().revenueMinor == 100)
            let id = shop.source("con_s").customerID("ann")
            #expect(try await shop.directory.details(id).firstName == "Ann")
        }
    }

    @Test("without a time the last one counts, as in files")
    func untimed() async throws {
        try await Shop.open { shop in
            try await shop.load("con_s", WriteBatch(orders: [Self.order(100, updated: 9)]))
            try await shop.load("con_s", importID: "imp_2", WriteBatch(orders: [Self.order(200, updated: nil)]))
            #expect(try await CustomerFigures(shop.scope, shop.database).dataState().revenueMinor == 200)
        }
    }

    @Test("people, also when the newer state says less", arguments: [[1, 2], [2, 1]], [true, false])
    func people(arrival: [Int], inOneBatch: Bool) async throws {
        try await Shop.open { shop in
            let states = [
                1: Shop.person("ann", email: "old@mail.example", phone: "+34612345678", updated: 1, first: "Ann"),
                2: Shop.person("ann", email: "new@mail.example", updated: 2, first: "Anna"),
            ]
            let people = arrival.compactMap { states[$0] }
            if inOneBatch {
                try await shop.load("con_s", WriteBatch(customers: people))
            } else {
                for (number, person) in people.enumerated() {
                    try await shop.load("con_s", importID: "imp_\(number)", WriteBatch(customers: [person]))
                }
            }
            let row = try #require(try await shop.database.collection("customers").findOne([:]))
            #expect(row["phone_token"] == nil)
            let details = try await shop.directory.details(shop.source("con_s").customerID("ann"))
            #expect(details.email == "new@mail.example" && details.firstName == "Anna" && details.phone == nil)
        }
    }

    @Test("an order that names a described person by address does not blank the description")
    func guests() async throws {
        try await Shop.open { shop in
            let guest = Shop.person("ann@mail.example", email: "ann@mail.example", country: "ES", first: "Ann")
            let order = Shop.order("1", of: "ann@mail.example", day: 0)
            try await shop.load("con_s", WriteBatch(orders: [order]))
            try await shop.load("con_s", importID: "imp_2", WriteBatch(customers: [guest]))
            let before = try await shop.state()
            try await shop.load("con_s", importID: "imp_3", WriteBatch(orders: [order]))
            #expect(try await shop.state() == before)
            let details = try await shop.directory.details(shop.source("con_s").customerID("ann@mail.example"))
            #expect(details.firstName == "Ann")
        }
    }
}
