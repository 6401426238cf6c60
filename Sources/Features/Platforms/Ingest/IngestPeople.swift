import Customers
import Foundation

/// A customer as a sender tells.
struct SentCustomer: IngestForm {
    var id: String
    var email: String?
    var phone: String?
    var firstName: String?
    var lastName: String?
    var country: String?
    var region: String?
    var language: String?
    var lifecycleStage: String?
    var tags: [String]?
    var createdAt: Date?
    var updatedAt: Date?

    enum CodingKeys: String, CodingKey {
        case id, email, phone, country, region, language, tags
        case firstName = "first_name"
        case lastName = "last_name"
        case lifecycleStage = "lifecycle_stage"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    func row(_ frame: IngestFrame) throws(IngestRefusal) -> CustomerInput {
        var checks = RowChecks()
        checks.id(id)
        checks.email(email)
        checks.texts([
            ("phone", phone), ("first_name", firstName), ("last_name", lastName), ("region", region),
            ("language", language), ("lifecycle_stage", lifecycleStage),
        ])
        checks.texts((tags ?? []).map { ("tags", $0) })
        checks.require((tags ?? []).count <= 250, "tags", "too_long", "Has more than 250 tags.")
        if let country {
            checks.require(
                country.count == 2 && country.allSatisfy { $0.isASCII && $0.isLetter }, "country", "invalid",
                "Must be the two letters of a country.")
        }
        try checks.finish()
        return CustomerInput(
            externalID: id, email: email?.lowercased(), phone: phone, firstName: firstName, lastName: lastName,
            country: country, region: region, language: language, lifecycleStage: lifecycleStage,
            sourceCreatedAt: createdAt, sourceUpdatedAt: updatedAt, tags: tags ?? [])
    }

    static func name(_ row: CustomerInput, in run: IngestRun) -> String { row.externalID }

    static func time(_ row: CustomerInput) -> Date? { row.sourceUpdatedAt }

    static func store(_ rows: [CustomerInput], in run: IngestRun) async throws -> [RowChange] {
        _ = try await run.people.write(WriteBatch(customers: rows))
        return rows.map { run.notes.change(of: run.people.customerID($0.externalID)) }
    }
}

/// An order as a sender tells. Whoever ordered is named by an id, or by an address where there is none.
struct SentOrder: IngestForm {
    var id: String
    var customerID: String?
    var email: String?
    var placedAt: Date
    var total: MoneyBody
    var refunded: MoneyBody?
    var discount: MoneyBody?
    var tax: MoneyBody?
    var shipping: MoneyBody?
    var quantity: Int?
    var status: OrderStatus?
    var number: String?
    var test: Bool?
    var sourceName: String?
    var utmSource: String?
    var utmMedium: String?
    var utmCampaign: String?
    var updatedAt: Date?
    var lines: [SentLine]?

    enum CodingKeys: String, CodingKey {
        case id, email, total, refunded, discount, tax, shipping, quantity, status, number, test, lines
        case customerID = "customer_id"
        case placedAt = "placed_at"
        case sourceName = "source_name"
        case utmSource = "utm_source"
        case utmMedium = "utm_medium"
        case utmCampaign = "utm_campaign"
        case updatedAt = "updated_at"
    }

    func row(_ frame: IngestFrame) throws(IngestRefusal) -> OrderInput {
        var checks = RowChecks()
        checks.id(id)
        checks.ids([("customer_id", customerID)])
        checks.email(email)
        checks.require(
            customerID != nil || email != nil, "customer_id", "required", "Is missing, and there is no email either.")
        let amount = checks.money(total, "total") ?? 0
        let back = checks.money(refunded, "refunded", in: total.currency) ?? 0
        let less = checks.money(discount, "discount", in: total.currency) ?? 0
        let tax = checks.money(tax, "tax", in: total.currency) ?? 0
        let shipping = checks.money(shipping, "shipping", in: total.currency) ?? 0
        checks.quantity(quantity, "quantity")
        let lines = lines(total.currency, &checks)
        checks.texts([
            ("number", number), ("source_name", sourceName), ("utm_source", utmSource), ("utm_medium", utmMedium),
            ("utm_campaign", utmCampaign),
        ])
        try checks.finish()
        let paid: OrderStatus = back == 0 ? .paid : back >= amount ? .refunded : .partiallyRefunded
        return OrderInput(
            externalID: id, customerExternalID: customerID ?? email?.lowercased() ?? "", placedAt: placedAt,
            amountMinor: amount, currency: total.currency,
            quantity: quantity ?? (lines.isEmpty ? 1 : lines.reduce(0) { $0 + $1.quantity }), status: status ?? paid,
            refundedMinor: back, discountMinor: less, test: test ?? false, number: number, taxMinor: tax,
            shippingMinor: shipping, sourceName: sourceName, utmSource: utmSource, utmMedium: utmMedium,
            utmCampaign: utmCampaign, sourceUpdatedAt: updatedAt, lines: lines)
    }

    private func lines(_ currency: String, _ checks: inout RowChecks) -> [OrderLine] {
        let lines = lines ?? []
        guard lines.count <= ParsedRow.mostLines else {
            checks.add("lines", "too_long", "Has more than \(ParsedRow.mostLines) lines.")
            return []
        }
        return lines.enumerated().map { place, line in
            let path = "lines.\(place)."
            checks.id(line.productID, path + "product_id")
            checks.quantity(line.quantity, path + "quantity")
            let amount = checks.money(line.total, path + "total", in: currency)
            return OrderLine(product: line.productID, quantity: line.quantity ?? 1, amountMinor: amount)
        }
    }

    static func name(_ row: OrderInput, in run: IngestRun) -> String { row.externalID }

    static func time(_ row: OrderInput) -> Date? { row.sourceUpdatedAt }

    static func store(_ rows: [OrderInput], in run: IngestRun) async throws -> [RowChange] {
        _ = try await run.people.write(WriteBatch(orders: rows))
        return rows.map { run.notes.change(of: run.people.orderID($0.externalID)) }
    }
}

/// What was ordered of one product.
struct SentLine: Decodable, Sendable {
    var productID: String
    var quantity: Int?
    var total: MoneyBody?

    enum CodingKeys: String, CodingKey {
        case quantity, total
        case productID = "product_id"
    }
}

/// The ledger takes a consent as it is sent; a yes that names no end holds as long as the connection's policy says.
extension ConsentBody: IngestForm {
    func row(_ frame: IngestFrame) throws(IngestRefusal) -> ConsentInput {
        var checks = RowChecks()
        checks.id(customerID, "customer_id")
        let known = Purpose(stored: purpose)
        checks.require(
            known != nil, "purpose", "choice",
            "Must be one of \(Purpose.consentable.map(\.rawValue).joined(separator: ", ")).")
        checks.texts([("wording_version", wordingVersion), ("channel", channel), ("proof", proof)])
        let isConsent = state == .granted && (basis ?? .consent) == .consent
        checks.require(
            !isConsent || collectedAt != nil, "collected_at", "required", "A consent says when it was given.")
        if let collectedAt, let expiresAt {
            checks.require(expiresAt > collectedAt, "expires_at", "range", "Must be after collected_at.")
        }
        try checks.finish()
        let standard = isConsent ? collectedAt?.addingTimeInterval(Double(frame.consentDays) * 86_400) : nil
        return ConsentInput(
            customerExternalID: customerID, purpose: known ?? .marketingAnalytics, basis: basis ?? .consent,
            state: state, collectedAt: collectedAt, expiresAt: expiresAt ?? standard, wordingVersion: wordingVersion,
            channel: channel, source: "api", proof: proof)
    }

    static func name(_ row: ConsentInput, in run: IngestRun) -> String { run.people.consentID(row) }

    static func store(_ rows: [ConsentInput], in run: IngestRun) async throws -> [RowChange] {
        _ = try await run.people.write(WriteBatch(consents: rows))
        return rows.map { run.notes.change(of: run.people.consentID($0)) }
    }
}
