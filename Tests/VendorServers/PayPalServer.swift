import Foundation
import Vault
import Web

/// PayPal as its sheet describes it: client credentials, transaction search in windows of 31 days, subscriptions one by
/// one, no word about limits.
public struct PayPalServer: VendorServer {
    public static let platform = "paypal"

    private static let clientID = "paypal-client"
    private static let clientSecret = "paypal-secret"

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    /// The seller's app, as long as it is there.
    private let apps: TokenBook

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 32_400, rotates: false)
        apps = TokenBook(clock: world.clock, lifetime: .infinity, rotates: false)
        apps.accept(Self.clientID)
    }

    public func settings(base: String) -> [String: String] {
        ["api_url": base, "token_url": base + "/v1/oauth2/token", "time_zone": world.company.timeZone]
    }

    public var fields: [String: String] { ["client_id": Self.clientID, "client_secret": Self.clientSecret] }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() {
        tokens.revokeAll()
        apps.revokeAll()
    }
    public func renew() { apps.renew() }

    public func tooMany(retryAfter: Int?) -> VendorReply {
        let reply = failure(429, "RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting.")
        return retryAfter.map { reply.adding("Retry-After", String($0)) } ?? reply
    }

    public func failure(_ status: Int) -> VendorReply {
        failure(status, "INTERNAL_SERVER_ERROR", "An internal server error has occurred.")
    }

    func failure(_ status: Int, _ name: String, _ message: String, issue: String? = nil) -> VendorReply {
        let details: [JSONValue] = issue.map { [["issue": .string($0), "description": .string(message)]] } ?? []
        return .json(
            [
                "name": .string(name), "message": .string(message), "debug_id": "f1b2c3", "details": .array(details),
                "links": [],
            ], status: status
        ).adding("PayPal-Debug-Id", "f1b2c3")
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("POST /v1/oauth2/token") != nil { return try token(call) }
        guard let bearer = call.token(), tokens.isGood(bearer) else {
            return failure(401, "INVALID_TOKEN", "Token signature verification failed")
        }
        if call.matches("GET /v1/reporting/balances") != nil {
            try call.allow(query: ["as_of_time", "currency_code"])
            return .json([
                "balances": [["currency": .string(world.company.currency), "primary": true]], "account_id": "MERCHANT1",
            ])
        }
        if call.matches("GET /v1/reporting/transactions") != nil { return try transactions(call) }
        if let reply = try hooks(call) ?? write(call) { return reply }
        if let parts = call.matches("GET /v1/billing/subscriptions/{id}") { return subscription(parts["id"] ?? "") }
        if call.matches("GET /v1/catalogs/products") != nil { return try products(call) }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        try call.require(call.form["grant_type"] == "client_credentials", "grant_type client_credentials")
        guard let basic = call.basic, basic.user == Self.clientID, basic.password == Self.clientSecret,
            apps.isGood(Self.clientID)
        else {
            return .json(
                ["error": "invalid_client", "error_description": "Client Authentication failed"], status: 401)
        }
        return .json([
            "access_token": .string(tokens.issue().access), "token_type": "Bearer", "expires_in": 32_400,
            "scope": "https://uri.paypal.com/services/reporting/search/read", "app_id": "APP-1", "nonce": "n",
        ])
    }

    // MARK: Reports

    private func transactions(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: [
                "fields", "page_size", "page", "transaction_status", "transaction_type", "transaction_id",
                "balance_affecting_records_only",
            ], required: ["start_date", "end_date"])
        let size = call.number("page_size", or: 100)
        try call.require((1...500).contains(size), "page_size \(size) is over 500")
        guard let from = CivilTime.parse(call.query("start_date") ?? ""),
            let to = CivilTime.parse(call.query("end_date") ?? "")
        else { throw SheetViolation("dates are RFC 3339") }
        guard to.timeIntervalSince(from) <= 31 * 86_400 else {
            return failure(400, "INVALID_REQUEST", "Date range is greater than 31 days", issue: "INVALID_DATE_RANGE")
        }
        let rows = rows().filter { (from...to).contains($0.at) }
        if rows.count > 10_000 {
            return failure(400, "RESULTSET_TOO_LARGE", "Result set size is greater than the maximum limit.")
        }
        let page = call.number("page", or: 1)
        let pages = max(1, (rows.count + size - 1) / size)
        return .json([
            "transaction_details": .array(rows.dropFirst((page - 1) * size).prefix(size).map(\.row)),
            "account_number": "MERCHANT1", "start_date": .string(HubSpotServer.iso(from)),
            "end_date": .string(HubSpotServer.iso(to)), "last_refreshed_datetime": .string(HubSpotServer.iso(to)),
            "page": .int(Int64(page)), "total_items": .int(Int64(rows.count)), "total_pages": .int(Int64(pages)),
        ])
    }

    private func rows() -> [(at: Date, row: JSONValue)] {
        let company = world.company
        var rows: [(at: Date, row: JSONValue)] = []
        for order in company.orders where !order.isTest && !order.isDeleted {
            // The first three are payments of subscriptions.
            let reference: [JSONValue.Member] =
                order.number < 3
                ? [
                    .init("paypal_reference_id", .string("I-SUB\(order.number)")),
                    .init("paypal_reference_id_type", "SUB"),
                ] : []
            rows.append(
                row(
                    order, id: "TX\(order.number)", code: order.number < 3 ? "T0002" : "T0006", at: order.placedAt,
                    minor: order.totalMinor, status: order.isCancelled ? "D" : "S", reference))
            guard order.refundedMinor > 0 else { continue }
            rows.append(
                row(
                    order, id: "RF\(order.number)", code: "T1107", at: order.placedAt.addingTimeInterval(60),
                    minor: -order.refundedMinor, status: "S",
                    [
                        .init("paypal_reference_id", .string("TX\(order.number)")),
                        .init("paypal_reference_id_type", "TXN"),
                    ]))
        }
        if let last = company.orders.last {
            // Money taken to the bank is no sale.
            rows.append(row(last, id: "WD1", code: "T0400", at: last.placedAt, minor: -10_000, status: "S", []))
        }
        return rows
    }

    private func row(
        _ order: SeededCompany.Order, id: String, code: String, at: Date, minor: Int64, status: String,
        _ reference: [JSONValue.Member]
    ) -> (at: Date, row: JSONValue) {
        let company = world.company
        let person = company.customer(order.customer)
        func money(_ minor: Int64) -> JSONValue {
            [
                "currency_code": .string(company.currency),
                "value": .string((minor < 0 ? "-" : "") + HubSpotServer.money(abs(minor))),
            ]
        }
        let info: [JSONValue.Member] = [
            .init("transaction_id", .string(id)), .init("transaction_event_code", .string(code)),
            .init("transaction_initiation_date", .string(HubSpotServer.iso(at))),
            .init("transaction_updated_date", .string(HubSpotServer.iso(order.updatedAt))),
            .init("transaction_amount", money(minor)), .init("fee_amount", money(-abs(minor) / 33)),
            .init("transaction_status", .string(status)), .init("invoice_id", .string("INV\(order.number)")),
        ]
        let payer: JSONValue = [
            "account_id": .string("PAYER\(person.number)"), "email_address": .string(person.email),
            "payer_name": ["given_name": .string(person.firstName), "surname": .string(person.lastName)],
            "country_code": .string(person.country),
        ]
        return (at, ["transaction_info": .object(info + reference), "payer_info": payer])
    }

    func subscription(_ id: String) -> VendorReply {
        guard let number = Int(id.dropFirst("I-SUB".count)) else {
            return failure(404, "RESOURCE_NOT_FOUND", "The specified resource does not exist.")
        }
        let order = world.company.order(number)
        let row: JSONValue = [
            "id": .string(id), "plan_id": "P-1", "status": number == 2 ? "CANCELLED" : "ACTIVE",
            "start_time": .string(HubSpotServer.iso(order.placedAt)), "quantity": "1",
            "subscriber": ["payer_id": .string("PAYER\(order.customer)")],
            "billing_info": [
                "last_payment": [
                    "amount": [
                        "currency_code": .string(world.company.currency),
                        "value": .string(HubSpotServer.money(order.totalMinor)),
                    ], "time": .string(HubSpotServer.iso(order.placedAt)),
                ],
                "next_billing_time": .string(HubSpotServer.iso(order.placedAt.addingTimeInterval(30 * 86_400))),
                "failed_payments_count": 0,
            ],
            "create_time": .string(HubSpotServer.iso(order.placedAt)),
            "update_time": .string(HubSpotServer.iso(order.placedAt)),
        ]
        return .json(book.patched(id, row))
    }

    private func products(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["page", "page_size", "total_required"])
        let size = call.number("page_size", or: 10)
        try call.require((1...20).contains(size), "page_size \(size) is over 20")
        let all = world.company.products
        let shown = all.dropFirst((call.number("page", or: 1) - 1) * size).prefix(size)
        return .json([
            "products": .array(
                shown.map { product in
                    [
                        "id": .string(product.sku), "name": .string(product.title), "category": "FOOD_AND_BEVERAGE",
                        "create_time": .string(HubSpotServer.iso(product.createdAt)),
                    ]
                }),
            "total_items": .int(Int64(all.count)), "total_pages": .int(Int64((all.count + size - 1) / size)),
        ])
    }
}
