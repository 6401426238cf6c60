import BSON
import Connectors
import FaultLab
import Mongo
import Testing
import VendorServers

@Suite("Money as it is stored")
struct MoneyTests {
    private let company = SeededCompany(size: .init(customers: 30, orders: 40, campaigns: 2, events: 60, days: 20))

    /// Amounts that no currency stands beside or above, as "collection: path".
    private func bare(_ document: BSONDocument, _ path: String, isKnown: Bool) -> [String] {
        let isKnown = isKnown || document["currency"]?.stringValue != nil
        return document.elements().flatMap { key, value -> [String] in
            let here = path + "." + key
            if key.hasSuffix("_minor"), value.int64Value != nil { return isKnown ? [] : [here] }
            if let inner = value.documentValue { return bare(inner, here, isKnown: isKnown) }
            return (value.arrayValue ?? []).compactMap(\.documentValue).flatMap {
                bare($0, here, isKnown: isKnown)
            }
        }
    }

    private func expectCurrencies<Server: VendorServer>(
        _ connector: any Connector, _ server: Server.Type, in wanted: Set<String>
    ) async throws {
        try await Lab.open(connector, server, company: company, overrides: ["history_days": "20"]) { lab in
            try await lab.sync(try await lab.bench.connect())
            var found: Set<String> = []
            var withMoney: Set<String> = []
            for name in try await lab.database.listCollectionNames() {
                for row in try await lab.rows(name) {
                    found.formUnion(bare(row, name, isKnown: false))
                    if row.keys.contains(where: { $0.hasSuffix("_minor") }) { withMoney.insert(name) }
                }
            }
            #expect(found == [])
            #expect(withMoney.isSuperset(of: wanted))
        }
    }

    @Test("no amount is stored without its currency: shops, payments, advertising")
    func currencies() async throws {
        try await expectCurrencies(ShopifyConnector(), ShopifyServer.self, in: ["customers", "orders", "products"])
        try await expectCurrencies(StripeConnector(), StripeServer.self, in: ["payments", "billing_subscriptions"])
        try await expectCurrencies(GoogleAdsConnector(), GoogleAdsServer.self, in: ["campaigns", "metric_days"])
        try await expectCurrencies(HubSpotConnector(), HubSpotServer.self, in: ["deals"])
    }
}
