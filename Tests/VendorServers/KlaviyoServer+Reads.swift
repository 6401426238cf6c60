import Foundation
import Web

extension KlaviyoServer {
    static let metricNames = [
        "email_sent": "Received Email", "email_open": "Opened Email", "email_click": "Clicked Email",
        "page_view": "Active on Site", "add_to_cart": "Added to Cart",
    ]

    // MARK: Lists

    /// A page of a list with the absolute address of the next.
    func page(
        _ call: VendorCall, _ rows: [Int], size: Int, included: (([Int]) -> [JSONValue])? = nil,
        _ resource: (Int) -> JSONValue
    ) -> VendorReply {
        let start = call.query("page[cursor]").flatMap(Int.init) ?? 0
        let shown = Array(rows.dropFirst(start).prefix(size))
        var next = JSONValue.null
        if start + size < rows.count {
            let query = call.query.filter { $0.name != "page[cursor]" } + [("page[cursor]", String(start + size))]
            let text = query.map { PercentCoding.encode($0.name) + "=" + PercentCoding.encode($0.value) }
            next = .string(call.base + call.path + "?" + text.joined(separator: "&"))
        }
        var members: [JSONValue.Member] = [.init("data", .array(shown.map(resource)))]
        if let included { members.append(.init("included", .array(included(shown)))) }
        members.append(.init("links", ["self": .string(call.base + call.path), "next": next, "prev": .null]))
        return .json(.object(members))
    }

    func size(_ call: VendorCall, standard: Int, most: Int) throws -> Int {
        let size = call.number("page[size]", or: standard)
        try call.require((1...most).contains(size), "page[size] \(size) is over \(most)")
        return size
    }

    /// The moment in `function(field,2026-01-01T00:00:00Z)` among the filters; other filters must be `others`.
    private func since(
        _ call: VendorCall, _ function: String, _ field: String, others: [String] = []
    ) throws -> Date? {
        var found: Date?
        let start = "\(function)(\(field),"
        for filter in Self.filters(call.query("filter") ?? "") where !others.contains(filter) {
            guard filter.hasPrefix(start), filter.hasSuffix("Z)"),
                let date = CivilTime.parse(String(filter.dropFirst(start.count).dropLast()))
            else { throw SheetViolation("\(call.path): filter \(filter)") }
            found = date
        }
        return found
    }

    private static func filters(_ text: String) -> [String] {
        text.split(separator: ")").map { part in
            (part.hasPrefix(",") ? String(part.dropFirst()) : String(part)) + ")"
        }
    }

    // MARK: Profiles

    func profiles(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: ["filter", "page[cursor]", "page[size]", "additional-fields[profile]", "fields[profile]"],
            required: ["sort"])
        try call.require(call.query("sort") == "updated", "sorted by updated")
        let hasConsent = call.query("additional-fields[profile]")?.contains("subscriptions") == true
        let company = world.company
        let since = try since(call, "greater-than", "updated")
        // Whoever is deleted is in no list any more.
        let rows = company.customers(updatedSince: since).filter {
            let person = company.customer($0)
            return !person.isDeleted && since.map { person.updatedAt > $0 } ?? true
        }
        return page(call, rows, size: try size(call, standard: 20, most: 100)) {
            profile(company.customer($0), hasConsent: hasConsent)
        }
    }

    func profile(_ person: SeededCompany.Customer, hasConsent: Bool) -> JSONValue {
        book.patched("PROF\(person.number)", plainProfile(person, hasConsent: hasConsent))
    }

    private func plainProfile(_ person: SeededCompany.Customer, hasConsent: Bool) -> JSONValue {
        var facts: [JSONValue.Member] = [
            .init("email", .string(person.email)), .init("phone_number", .string(person.phone)),
            .init("external_id", .string(String(person.number))), .init("first_name", .string(person.firstName)),
            .init("last_name", .string(person.lastName)), .init("locale", "en-US"),
            .init("created", .string(HubSpotServer.iso(person.createdAt))),
            .init("updated", .string(HubSpotServer.iso(person.updatedAt))),
            .init("location", ["city": .string(person.city), "country": .string(person.country)]),
            .init("properties", [:]),
        ]
        if hasConsent { facts.append(.init("subscriptions", subscriptions(person))) }
        return ["type": "profile", "id": .string("PROF\(person.number)"), "attributes": .object(facts)]
    }

    private func subscriptions(_ person: SeededCompany.Customer) -> JSONValue {
        func word(_ consent: Bool?) -> JSONValue {
            consent.map { $0 ? "SUBSCRIBED" : "UNSUBSCRIBED" } ?? "NEVER_SUBSCRIBED"
        }
        let at = JSONValue.string(HubSpotServer.iso(person.emailConsentAt))
        let bounce: JSONValue = ["reason": "HARD_BOUNCE", "timestamp": at]
        return [
            "email": [
                "marketing": [
                    "can_receive_email_marketing": .bool(person.emailConsent == true && !person.bounced),
                    "consent": word(person.emailConsent), "consent_timestamp": person.emailConsent == nil ? .null : at,
                    "method": "FORM", "double_optin": true, "suppression": person.bounced ? [bounce] : [],
                    "list_suppressions": [["list_id": "L1", "reason": "UNSUBSCRIBE", "timestamp": at]],
                ]
            ],
            "sms": [
                "marketing": [
                    "can_receive_sms_marketing": .bool(person.smsConsent == true), "consent": word(person.smsConsent),
                    "consent_timestamp": person.smsConsent == nil ? .null : at,
                ],
                "transactional": ["consent": "SUBSCRIBED", "consent_timestamp": at],
            ],
        ]
    }

    // MARK: Campaigns and flows

    private static func channel(_ campaign: Int) -> String { campaign % 4 == 3 ? "sms" : "email" }

    func campaigns(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["include", "sort", "page[cursor]"], required: ["filter"])
        let channels = ["email", "sms", "mobile_push"]
        let asked = channels.filter {
            Self.filters(call.query("filter") ?? "").contains("equals(messages.channel,'\($0)')")
        }
        try call.require(asked.count == 1, "the channel filter is mandatory")
        try call.require(call.query("include").map { ["campaign-messages", "tags"].contains($0) } ?? true, "include")
        let since = try since(call, "greater-than", "updated_at", others: ["equals(messages.channel,'\(asked[0])')"])
        let company = world.company
        let rows = company.campaigns.filter {
            Self.channel($0.number) == asked[0] && $0.updatedAt > since ?? .distantPast
        }.map(\.number)
        let messages: ([Int]) -> [JSONValue] = { shown in shown.map { message(company.campaign($0)) } }
        return page(call, rows, size: 100, included: call.query("include") == nil ? nil : messages) { number in
            campaign(company.campaign(number))
        }
    }

    private func campaign(_ campaign: SeededCompany.Campaign) -> JSONValue {
        let facts: JSONValue = [
            "name": .string(campaign.name), "status": .string(campaign.isActive ? "Sent" : "Draft"), "archived": false,
            "send_strategy": ["method": "static"], "created_at": .string(HubSpotServer.iso(campaign.createdAt)),
            "updated_at": .string(HubSpotServer.iso(campaign.updatedAt)),
            "send_time": .string(HubSpotServer.iso(campaign.startAt)),
        ]
        let message: JSONValue = ["type": "campaign-message", "id": .string("MSG\(campaign.number)")]
        return [
            "type": "campaign", "id": .string("CAMP\(campaign.number)"), "attributes": facts,
            "relationships": ["campaign-messages": ["data": [message]]],
        ]
    }

    private func message(_ campaign: SeededCompany.Campaign) -> JSONValue {
        [
            "type": "campaign-message", "id": .string("MSG\(campaign.number)"),
            "attributes": [
                "definition": [
                    "channel": .string(Self.channel(campaign.number)), "label": .string(campaign.name),
                    "content": [
                        "subject": .string("News: \(campaign.name)"), "preview_text": "Fresh from the roaster",
                    ],
                ]
            ],
        ]
    }

    func flows(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["filter", "sort", "page[size]", "page[cursor]", "include"])
        return page(call, [0, 1], size: try size(call, standard: 50, most: 50), flow)
    }

    func flow(_ number: Int) -> JSONValue {
        let updated = JSONValue.string(HubSpotServer.iso(world.company.start))
        return book.patched(
            "FLOW\(number)",
            [
                "type": "flow", "id": .string("FLOW\(number)"),
                "attributes": [
                    "name": number == 0 ? "Welcome" : "Win-back", "status": number == 0 ? "live" : "draft",
                    "archived": false, "created": updated, "updated": updated, "trigger_type": "Added to List",
                ],
            ])
    }

    // MARK: Metrics and events

    private static let metrics = metricNames.values.sorted() + ["Placed Order", "Unsubscribed from Email Marketing"]

    private static func metricID(_ name: String) -> String { "M" + String(metrics.firstIndex(of: name) ?? 0) }

    private func metric(_ name: String) -> JSONValue {
        [
            "type": "metric", "id": .string(Self.metricID(name)),
            "attributes": ["name": .string(name), "integration": ["name": "Klaviyo", "category": "Internal"]],
        ]
    }

    func metrics(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["filter", "page[cursor]"])
        // In two pages, to be followed.
        return page(call, Array(Self.metrics.indices), size: 4) { metric(Self.metrics[$0]) }
    }

    func events(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: ["filter", "page[size]", "page[cursor]"], required: ["sort", "include"])
        try call.require(call.query("sort") == "datetime", "sorted by datetime")
        let include = Set((call.query("include") ?? "").split(separator: ",").map(String.init))
        try call.require(include.isSubset(of: ["profile", "metric", "attributions"]), "include")
        let company = world.company
        let rows = Array(company.events(since: try since(call, "greater-or-equal", "datetime")))
        let included: ([Int]) -> [JSONValue] = { shown in
            let events = shown.map { company.event($0) }
            let names = Set(events.compactMap { Self.metricNames[$0.type] }).sorted()
            return names.map(metric)
                + events.map(attribution)
        }
        return page(call, rows, size: try size(call, standard: 200, most: 1000), included: included) {
            event(company.event($0))
        }
    }

    private func attribution(_ event: SeededCompany.Event) -> JSONValue {
        let campaign: JSONValue = ["type": "campaign", "id": .string("CAMP\(event.campaign)")]
        let message: JSONValue = ["type": "campaign-message", "id": .string("MSG\(event.campaign)")]
        return [
            "type": "attribution", "id": .string("ATT\(event.number)"),
            "relationships": ["campaign": ["data": campaign], "campaign-message": ["data": message]],
        ]
    }

    private func event(_ event: SeededCompany.Event) -> JSONValue {
        [
            "type": "event", "id": .string("EV\(event.number)"),
            "attributes": [
                "timestamp": .int(Int64(event.at.timeIntervalSince1970)),
                "datetime": .string(HubSpotServer.iso(event.at)),
                "uuid": .string("uuid-\(event.number)"), "event_properties": ["$event_id": .string("\(event.number)")],
            ],
            "relationships": [
                "profile": ["data": ["type": "profile", "id": .string("PROF\(event.customer)")]],
                "metric": [
                    "data": ["type": "metric", "id": .string(Self.metricID(Self.metricNames[event.type] ?? ""))]
                ],
                "attributions": ["data": [["type": "attribution", "id": .string("ATT\(event.number)")]]],
            ],
        ]
    }

    // MARK: Aggregates

    private func day(of date: Date) -> String {
        let offset = TimeZone(identifier: world.company.timeZone)?.secondsFromGMT(for: date) ?? 0
        return CivilTime(date, offset: offset).isoDay
    }

    /// Midnight of a day in the account's zone, as the reply writes it.
    private func midnight(_ day: String) -> String {
        guard let noon = CivilTime.parse(day)?.addingTimeInterval(43_200) else { return day }
        let offset = TimeZone(identifier: world.company.timeZone)?.secondsFromGMT(for: noon) ?? 0
        return HubSpotServer.iso(noon.addingTimeInterval(-43_200 - Double(offset)))
    }

    func aggregates(_ call: VendorCall) throws -> VendorReply {
        try call.allow(call.json, members: [], required: ["data"])
        try call.require(call.json["data"]?["type"]?.stringValue == "metric-aggregate", "type metric-aggregate")
        let body = call.json["data"]?["attributes"]
        try call.allow(
            body, members: ["page_cursor", "page_size"],
            required: ["metric_id", "measurements", "interval", "filter", "by", "timezone"])
        try call.require(body?["interval"]?.stringValue == "day", "interval day")
        try call.require(body?["timezone"]?.stringValue == world.company.timeZone, "the account's zone")
        let filters = (body?["filter"]?.arrayValue ?? []).compactMap(\.stringValue)
        try call.require(filters.count == 2, "a time range is required")
        func edge(_ filter: String, _ start: String) throws -> String {
            guard filter.hasPrefix(start), filter.hasSuffix("T00:00:00)") else {
                throw SheetViolation("filter \(filter)")
            }
            return String(filter.dropFirst(start.count).prefix(10))
        }
        let from = try edge(filters[0], "greater-or-equal(datetime,")
        let until = try edge(filters[1], "less-than(datetime,")
        let by = body?["by"]?.arrayValue?.first?.stringValue ?? ""
        let place = Int(body?["metric_id"]?.stringValue?.dropFirst() ?? "") ?? -1
        try call.require(Self.metrics.indices.contains(place), "unknown metric_id")
        let name = Self.metrics[place]
        try call.require(
            by == (name == "Placed Order" ? "$attributed_message" : "$message"), "dimension \(by) of \(name)")
        let asked = (body?["measurements"]?.arrayValue ?? []).compactMap(\.stringValue)
        try call.require(Set(asked).isSubset(of: ["count", "sum_value", "unique"]), "measurements")
        return figures(name, asked, from: from, until: until)
    }

    private func figures(_ name: String, _ measurements: [String], from: String, until: String) -> VendorReply {
        let company = world.company
        var days: [String] = []
        var day = from
        while day < until, days.count < 400, let next = CivilTime.parse(day)?.addingTimeInterval(129_600) {
            days.append(day)
            day = CivilTime(next).isoDay
        }
        var counts: [Int: [String: Int64]] = [:]
        for number in 0..<company.size.events {
            let event = company.event(number)
            let dayOfEvent = self.day(of: event.at)
            guard Self.metricNames[event.type] == name, dayOfEvent >= from, dayOfEvent < until else { continue }
            counts[event.campaign, default: [:]][dayOfEvent, default: 0] += 1
        }
        if name == "Placed Order" {
            for order in company.orders where !order.isTest {
                let dayOfOrder = self.day(of: order.placedAt)
                guard dayOfOrder >= from, dayOfOrder < until else { continue }
                counts[order.number % max(1, company.size.campaigns), default: [:]][dayOfOrder, default: 0] += 1
            }
        }
        let lines: [JSONValue] = counts.sorted { $0.key < $1.key }.map { campaign, byDay in
            let figures = measurements.map { measurement in
                let factor = measurement == "sum_value" ? 10.5 : 1.0
                let values = days.map { JSONValue.double(Double(byDay[$0] ?? 0) * factor) }
                return JSONValue.Member(measurement, .array(values))
            }
            return ["dimensions": [.string("MSG\(campaign)")], "measurements": .object(figures)]
        }
        return .json([
            "data": [
                "type": "metric-aggregate", "id": "a1",
                "attributes": ["dates": .array(days.map { .string(midnight($0)) }), "data": .array(lines)],
            ],
            "links": ["self": "", "next": .null],
        ])
    }
}
