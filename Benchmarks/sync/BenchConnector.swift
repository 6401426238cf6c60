import Connectors
import Customers
import Foundation
import Records
import Web

/// The platform that ``BenchServer`` is the other side of.
struct BenchConnector: Connector {
    let platform = "bench"
    let name = "Bench"
    let methods = [
        AuthMethod(
            "key", .header("Authorization", prefix: "Bearer ", field: "key"),
            fields: [CredentialField("key", .secret), CredentialField("account", .text)])
    ]
    let url: String

    var defaults: PlatformSettings {
        PlatformSettings(addresses: ["api": url], budgets: [RateBudget(calls: 1_000_000, per: 1)])
    }

    func account(_ client: VendorClient) async throws -> VendorAccount {
        let reply = try await client.send(.get("/account", ["id": client.fields["account"] ?? "1"])).json
        let id = reply.at("id")?.text ?? "1"
        return VendorAccount(id: id, name: reply.at("name")?.text ?? id, currency: "EUR", timeZone: "UTC")
    }

    var streams: [SyncStream] {
        [
            stream("customers") { record, _, batch in
                batch.customers.append(
                    CustomerInput(
                        externalID: try Self.text(record, "id"), email: record.at("email")?.text,
                        phone: record.at("phone")?.text, firstName: record.at("first")?.text,
                        lastName: record.at("last")?.text, country: record.at("country")?.text))
            },
            stream("orders") { record, _, batch in
                batch.orders.append(
                    OrderInput(
                        externalID: try Self.text(record, "id"), customerExternalID: try Self.text(record, "customer"),
                        placedAt: record.at("placed")?.secondsTime ?? Date(),
                        amountMinor: record.at("total")?.whole ?? 0, currency: "EUR", number: record.at("number")?.text,
                        taxMinor: record.at("tax")?.whole ?? 0, sourceName: record.at("source")?.text,
                        utmCampaign: record.at("campaign")?.text))
            },
            stream("events") { record, _, batch in
                batch.events.append(
                    EventInput(
                        externalID: try Self.text(record, "id"), type: record.at("type")?.text ?? "page_view",
                        at: record.at("at")?.secondsTime ?? Date(), customerExternalID: record.at("customer")?.text,
                        channel: record.at("channel")?.text, contentID: record.at("content")?.text))
            },
        ]
    }

    private static func text(_ record: JSONValue, _ field: String) throws -> String {
        guard let text = record.at(field)?.text else { throw MappingProblem(field) }
        return text
    }

    private func stream(
        _ name: String, _ map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            name, .updated(overlap: 0), every: 900, pager: .cursor(PageParameter("after"), at: "next"),
            records: "rows", id: "id",
            request: { query in
                .get("/" + name, query.since == nil ? [:] : ["since": "1"])
            }, map: map)
    }
}
