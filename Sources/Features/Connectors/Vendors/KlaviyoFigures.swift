import Foundation
import Web

/// Daily figures of messages. Each comes from a metric of its own, whose id differs per account, and is asked for by
/// message and day; together they are one record per message and day.
enum KlaviyoFigures {
    /// The list of metrics, fixed at up to 200 a page.
    static let metrics = VendorRequest(.get, "/api/metrics", endpoint: "metrics", cacheSeconds: 3600)

    private struct Figure {
        let metric: String
        let dimension: String
        /// Measurement → field of the record.
        let fields: [(measurement: String, field: String)]
    }

    private static let figures = [
        Figure(metric: "Received Email", dimension: "$message", fields: [("count", "sends")]),
        Figure(metric: "Opened Email", dimension: "$message", fields: [("count", "opens")]),
        Figure(metric: "Clicked Email", dimension: "$message", fields: [("count", "clicks")]),
        Figure(
            metric: "Unsubscribed from Email Marketing", dimension: "$message", fields: [("count", "unsubscribes")]),
        Figure(
            metric: "Placed Order", dimension: "$attributed_message",
            fields: [("count", "conversions"), ("sum_value", "conversion_value")]),
    ]

    static func days(_ client: VendorClient) async throws -> [JSONValue] {
        guard let days = client.span?.days else { return [] }
        let ids = try await metricIDs(client)
        var rows: [String: JSONValue] = [:]
        for figure in figures {
            guard let id = ids[figure.metric] else { continue }
            for page in try await pages(figure, metric: id, days, client) { add(page, figure, to: &rows) }
        }
        return rows.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Of several metrics with one name (two shops) the vendor's own or the first counts.
    private static func metricIDs(_ client: VendorClient) async throws -> [String: String] {
        var ids: [String: String] = [:]
        var request: VendorRequest? = metrics
        while let next = request {
            let reply = try await client.send(next).json
            for metric in reply.at("data")?.list ?? [] {
                guard let id = metric.at("id")?.text, let name = metric.at("attributes.name")?.text else { continue }
                let isOwn = metric.at("attributes.integration.name")?.text == "Klaviyo"
                if ids[name] == nil || isOwn { ids[name] = id }
            }
            request = reply.at("links.next")?.text.map {
                VendorRequest(.get, $0, endpoint: "metrics", cacheSeconds: 3600)
            }
        }
        return ids
    }

    private static func pages(
        _ figure: Figure, metric: String, _ days: (from: String, to: String), _ client: VendorClient
    ) async throws -> [JSONValue] {
        var pages: [JSONValue] = []
        var cursor: String?
        repeat {
            let reply = try await client.send(
                request(figure, metric: metric, days, zone: client.account?.timeZone ?? "UTC", cursor: cursor)
            ).json
            pages.append(reply)
            let next = reply.at("links.next")?.text.flatMap(Self.cursor)
            guard next != cursor else { break }
            cursor = next
        } while cursor != nil
        return pages
    }

    private static func request(
        _ figure: Figure, metric: String, _ days: (from: String, to: String), zone: String, cursor: String?
    ) -> VendorRequest {
        var attributes: [JSONValue.Member] = [
            .init("metric_id", .string(metric)),
            .init("measurements", .array(figure.fields.map { .string($0.measurement) })), .init("interval", "day"),
            .init(
                "filter",
                [
                    .string("greater-or-equal(datetime,\(days.from)T00:00:00)"),
                    .string("less-than(datetime,\(VendorTime.day(days.to, plus: 1))T00:00:00)"),
                ]),
            .init("by", [.string(figure.dimension)]), .init("timezone", .string(zone)), .init("page_size", 500),
        ]
        if let cursor { attributes.append(.init("page_cursor", .string(cursor))) }
        return .post(
            "/api/metric-aggregates",
            ["data": ["type": "metric-aggregate", "attributes": .object(attributes)]], endpoint: "aggregates")
    }

    /// The cursor inside the link to the next page.
    private static func cursor(_ link: String) -> String? {
        let query = link.split(separator: "?", maxSplits: 1).dropFirst().first ?? Substring(link)
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1).map { PercentCoding.decode($0) ?? String($0) }
            if pair.count == 2, ["page[cursor]", "page_cursor"].contains(pair[0]) { return pair[1] }
        }
        return nil
    }

    private static func add(_ page: JSONValue, _ figure: Figure, to rows: inout [String: JSONValue]) {
        let dates = (page.at("data.attributes.dates")?.list ?? []).compactMap(\.text)
        for line in page.at("data.attributes.data")?.list ?? [] {
            guard let message = line.at("dimensions.0")?.text else { continue }
            for (place, date) in dates.enumerated() {
                for (measurement, field) in figure.fields {
                    guard let value = line.at("measurements.\(measurement).\(place)"), value.number ?? 0 != 0 else {
                        continue
                    }
                    let row = rows["\(date) \(message)"] ?? ["message": .string(message), "date": .string(date)]
                    rows["\(date) \(message)"] = row.setting(field, value)
                }
            }
        }
    }
}
