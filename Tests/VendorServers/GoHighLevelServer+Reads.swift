import Foundation
import Web

extension GoHighLevelServer {
    private func iso(_ date: Date) -> JSONValue { .string(HubSpotServer.iso(date)) }

    private func money(_ minor: Int64) -> JSONValue { .double(Double(minor) / 100) }

    private func limit(_ call: VendorCall, most: Int = 100) throws -> Int {
        let limit = call.number("limit", or: 20)
        try call.require((1...most).contains(limit), "limit \(limit) is over \(most)")
        return limit
    }

    /// Whether a location has this contact, and with it what it bought.
    private func isHere(_ person: Int, _ location: String) -> Bool { location == Self.location || person < 10 }

    private func sales(_ call: VendorCall) -> [SeededCompany.Order] {
        let location = location(of: call)
        return world.company.orders.filter { !$0.isDeleted && isHere($0.customer, location) }
    }

    private func place(_ call: VendorCall) throws {
        try call.require(call.query("locationId") == location(of: call), "locationId")
    }

    // MARK: Contacts

    func search(_ call: VendorCall) throws -> VendorReply {
        let body = call.json
        try call.allow(
            body, members: ["page", "searchAfter", "filters", "sort"], required: ["locationId", "pageLimit"])
        let location = location(of: call)
        try call.require(body["locationId"]?.stringValue == location, "locationId")
        let limit = Int(body["pageLimit"]?.int64Value ?? 0)
        try call.require((1...100).contains(limit), "pageLimit \(limit) is over 100")
        let sort = body["sort"]?.arrayValue?.first
        try call.require(
            sort?["field"]?.stringValue == "dateUpdated" && sort?["direction"]?.stringValue == "asc",
            "sort by dateUpdated")
        var since: Date?
        for filter in body["filters"]?.arrayValue ?? [] {
            try call.allow(filter, members: [], required: ["field", "operator", "value"])
            try call.require(filter["field"]?.stringValue == "dateUpdated", "field dateUpdated")
            guard let date = filter["value"]?["gte"]?.stringValue.flatMap(CivilTime.parse) else {
                throw SheetViolation("a range of moments")
            }
            since = date
        }
        let company = world.company
        let rows = company.customers(updatedSince: since).map(company.customer).filter { person in
            !person.isDeleted && isHere(person.number, location)
        }
        var start = 0
        if let mark = body["searchAfter"] {
            try call.require(mark.arrayValue?.count == 2, "searchAfter is a list")
            let id = mark.arrayValue?.last?.stringValue
            start = (rows.firstIndex { "contact\($0.number)" == id } ?? -1) + 1
        }
        let shown = rows.dropFirst(start).prefix(limit)
        return .json([
            "contacts": .array(
                shown.map { person in
                    let moment = Int64(person.updatedAt.timeIntervalSince1970 * 1000)
                    let mark: JSONValue = [.int(moment), .string("contact\(person.number)")]
                    return contact(person, hasPreferences: person.number % 10 != 0).adding("searchAfter", mark)
                }), "total": .int(Int64(rows.count)),
        ])
    }

    func contact(_ person: SeededCompany.Customer, hasPreferences: Bool) -> JSONValue {
        book.patched("contact\(person.number)", plainContact(person, hasPreferences: hasPreferences))
    }

    private func plainContact(_ person: SeededCompany.Customer, hasPreferences: Bool) -> JSONValue {
        let contact: JSONValue = [
            "id": .string("contact\(person.number)"), "locationId": .string(Self.location),
            "firstName": .string(person.firstName), "lastName": .string(person.lastName),
            "email": .string(person.email),
            "phone": .string(person.phone), "city": .string(person.city), "country": .string(person.country),
            "source": "form", "type": "lead", "tags": .array(person.tags.map { .string($0) }), "customFields": [],
            "dateAdded": iso(person.createdAt), "dateUpdated": iso(person.updatedAt),
        ]
        guard hasPreferences else { return contact }
        let email: JSONValue = person.bounced ? "permanent" : person.emailConsent == false ? "active" : "inactive"
        let sms: JSONValue = person.smsConsent == false ? "active" : "inactive"
        return contact.adding("dnd", false).adding(
            "dndSettings",
            ["Email": ["status": email, "message": ""], "SMS": ["status": sms], "Call": ["status": "inactive"]])
    }

    // MARK: Payments

    private func day(of date: Date) -> String {
        let offset = TimeZone(identifier: world.company.timeZone)?.secondsFromGMT(for: date) ?? 0
        return CivilTime(date, offset: offset).isoDay
    }

    /// One page of what was created in the days asked for.
    private func paid(
        _ call: VendorCall, _ rows: [(at: Date, row: JSONValue)], more: [String] = []
    ) throws -> VendorReply {
        try call.allow(
            query: ["startAt", "endAt", "limit", "offset", "status"] + more, required: ["altId", "altType"])
        try call.require(
            call.query("altId") == location(of: call) && call.query("altType") == "location", "altId and altType")
        let limit = try limit(call)
        let from = call.query("startAt") ?? ""
        let to = call.query("endAt") ?? "9"
        try call.require(from.isEmpty || from.utf8.count == 10 && to.utf8.count == 10, "days as YYYY-MM-DD")
        let found = rows.filter { (from...to).contains(day(of: $0.at)) }
        let shown = found.dropFirst(call.number("offset", or: 0)).prefix(limit)
        return .json(["data": .array(shown.map(\.row)), "totalCount": .int(Int64(found.count))])
    }

    func orders(_ call: VendorCall) throws -> VendorReply {
        let rows = sales(call).map { (at: $0.placedAt, row: order($0)) }
        return try paid(call, rows, more: ["paymentStatus"])
    }

    private func order(_ order: SeededCompany.Order) -> JSONValue {
        let company = world.company
        let isAll = order.refundedMinor >= order.totalMinor
        let back = isAll ? "refunded" : "partially_refunded"
        let status = order.refundedMinor > 0 ? back : order.isCancelled ? "cancelled" : "completed"
        let email = company.customer(order.customer).email
        return [
            "_id": .string("order\(order.number)"), "altId": .string(Self.location), "altType": "location",
            "contactId": .string("contact\(order.customer)"), "contactEmail": .string(email),
            "currency": .string(company.currency), "amount": money(order.totalMinor),
            "subtotal": money(order.subtotalMinor), "discount": money(order.discountMinor),
            "status": .string(status), "liveMode": .bool(!order.isTest), "totalProducts": .int(Int64(order.quantity)),
            "sourceType": "funnel", "sourceName": "Shop funnel", "createdAt": iso(order.placedAt),
            "updatedAt": iso(order.updatedAt),
        ]
    }

    func transactions(_ call: VendorCall) throws -> VendorReply {
        let entity = call.query("entityId")
        let orders = sales(call).filter { (entity ?? "order\($0.number)") == "order\($0.number)" }
        let rows = orders.map { (at: $0.placedAt, row: transaction($0)) }
        return try paid(call, rows, more: ["entityId", "contactId", "subscriptionId"])
    }

    private func transaction(_ order: SeededCompany.Order) -> JSONValue {
        let status = order.isCancelled ? "canceled" : "succeeded"
        return [
            "_id": .string("txn\(order.number)"), "contactId": .string("contact\(order.customer)"),
            "currency": .string(world.company.currency), "amount": money(order.totalMinor),
            "amountRefunded": money(order.refundedMinor), "status": .string(status),
            "liveMode": .bool(!order.isTest), "entityType": "order", "entityId": .string("order\(order.number)"),
            "paymentProviderType": "stripe", "createdAt": iso(order.placedAt), "updatedAt": iso(order.updatedAt),
        ]
    }

    func subscriptions(_ call: VendorCall) throws -> VendorReply {
        let start = world.company.start
        let rows = (0..<3).map { (at: start, row: subscription($0)) }
        return try paid(call, rows, more: ["entityId", "contactId"])
    }

    private func subscription(_ number: Int) -> JSONValue {
        let status = number == 2 ? "canceled" : "active"
        let interval = number == 1 ? "year" : "month"
        return [
            "_id": .string("sub\(number)"), "contactId": .string("contact\(number)"),
            "currency": .string(world.company.currency), "amount": money(Int64(2400 + number)),
            "status": .string(status), "paymentProviderType": "stripe",
            "subscriptionSnapshot": ["interval": .string(interval)], "createdAt": iso(world.company.start),
            "updatedAt": iso(world.company.start),
        ]
    }

    func products(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["limit", "offset"], required: ["locationId"])
        try place(call)
        let limit = try limit(call)
        let shown = world.company.products.dropFirst(call.number("offset", or: 0)).prefix(limit)
        return .json([
            "products": .array(
                shown.map { product in
                    [
                        "_id": .string("prod\(product.number)"), "name": .string(product.title),
                        "productType": "PHYSICAL",
                        "createdAt": iso(product.createdAt), "updatedAt": iso(product.updatedAt),
                    ]
                })
        ])
    }

    // MARK: Sales and campaigns

    func opportunities(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: ["pipeline_id", "status", "startAfter", "startAfterId", "limit", "page"], required: ["location_id"])
        try call.require(call.query("location_id") == location(of: call), "location_id")
        let limit = try limit(call)
        let rows = sales(call)
        var start = 0
        if let id = call.query("startAfterId") {
            try call.require(call.query("startAfter") != nil, "startAfter goes with startAfterId")
            start = (rows.firstIndex { "opp\($0.number)" == id } ?? -1) + 1
        }
        let shown = rows.dropFirst(start).prefix(limit)
        var meta: [JSONValue.Member] = [.init("total", .int(Int64(rows.count)))]
        if start + limit < rows.count, let last = shown.last {
            meta.append(.init("startAfter", .int(Int64(last.updatedAt.timeIntervalSince1970 * 1000))))
            meta.append(.init("startAfterId", .string("opp\(last.number)")))
            meta.append(.init("nextPage", 2))
        }
        return .json(["opportunities": .array(shown.map(opportunity)), "meta": .object(meta)])
    }

    private func opportunity(_ order: SeededCompany.Order) -> JSONValue {
        [
            "id": .string("opp\(order.number)"), "name": .string("Deal \(order.number)"),
            "monetaryValue": money(order.totalMinor), "pipelineId": "pipe1", "pipelineStageId": "stage1",
            "status": .string(order.isCancelled ? "lost" : "won"), "contactId": .string("contact\(order.customer)"),
            "createdAt": iso(order.placedAt), "updatedAt": iso(order.updatedAt),
        ]
    }

    func campaigns(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["status"], required: ["locationId"])
        try place(call)
        return .json([
            "campaigns": .array(
                world.company.campaigns.map { campaign in
                    [
                        "id": .string("camp\(campaign.number)"), "name": .string(campaign.name),
                        "status": campaign.isActive ? "published" : "draft", "locationId": .string(Self.location),
                    ]
                })
        ])
    }

    func schedules(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["limit", "offset", "status"], required: ["locationId"])
        try place(call)
        _ = try limit(call)
        let rows: [JSONValue] = [
            ["id": "mail1", "name": "Spring letter", "status": "complete"],
            ["id": "mail2", "name": "Summer letter", "status": "draft"],
        ]
        let shown = Array(rows.dropFirst(call.number("offset", or: 0)))
        return .json(["schedules": .array(shown), "total": [["total": 2]], "traceId": "t1"])
    }

    func workflows(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: [], required: ["locationId"])
        try place(call)
        let at = iso(world.company.start)
        return .json([
            "workflows": [
                [
                    "id": "wf1", "name": "Welcome", "status": "published", "version": 3, "createdAt": at,
                    "updatedAt": at, "locationId": .string(Self.location),
                ]
            ]
        ])
    }

    /// E-mails that were sent, newest first.
    func messages(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["limit", "cursor", "sortBy", "channel"], required: ["locationId"])
        try place(call)
        try call.require(call.query("sortBy") == "updatedAt", "sortBy updatedAt")
        let limit = try limit(call)
        let company = world.company
        let rows = (0..<company.size.events).reversed().map { company.event($0) }.filter { $0.type == "email_sent" }
        let start = call.query("cursor").flatMap(Int.init) ?? 0
        let shown = rows.dropFirst(start).prefix(limit)
        let isMore = start + limit < rows.count
        let next: JSONValue = isMore ? .string(String(start + limit)) : .null
        return .json([
            "messages": .array(shown.map(message)), "nextCursor": next, "total": .int(Int64(rows.count)),
        ])
    }

    private func message(_ event: SeededCompany.Event) -> JSONValue {
        [
            "id": .string("msg\(event.number)"), "contactId": .string("contact\(event.customer)"),
            "conversationId": .string("conv\(event.customer)"), "messageType": "TYPE_EMAIL",
            "direction": "outbound", "status": "delivered", "dateAdded": iso(event.at), "dateUpdated": iso(event.at),
        ]
    }
}
