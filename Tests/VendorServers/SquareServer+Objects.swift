import Foundation
import Web

/// The company's rows in the shape of Square's objects.
extension SquareServer {
    public static func location(_ order: SeededCompany.Order) -> String { locations[order.number % locations.count] }
    public static func fee(_ amount: Int64) -> Int64 { amount * 26 / 1000 + 10 }

    private func time(_ date: Date) -> JSONValue { .string(HubSpotServer.iso(date)) }

    private func money(_ minor: Int64) -> JSONValue {
        ["amount": .int(minor), "currency": .string(world.company.currency)]
    }

    func customer(_ person: SeededCompany.Customer) -> JSONValue {
        let row: JSONValue = [
            "id": .string("C\(person.number)"), "created_at": time(person.createdAt),
            "updated_at": time(person.updatedAt), "given_name": .string(person.firstName),
            "family_name": .string(person.lastName), "email_address": .string(person.email),
            "phone_number": .string(person.phone), "address": ["country": .string(person.country)],
            "creation_source": "THIRD_PARTY", "version": 1,
        ]
        guard let said = person.emailConsent, case .object(let members) = row else { return row }
        return .object(members + [.init("preferences", ["email_unsubscribed": .bool(!said)])])
    }

    func item(_ product: SeededCompany.Product) -> JSONValue {
        let data: JSONValue = [
            "name": "Regular", "sku": .string(product.sku), "price_money": money(product.priceMinor),
        ]
        let variation: JSONValue = [
            "type": "ITEM_VARIATION", "id": .string("V\(product.number)"), "item_variation_data": data,
        ]
        let item: JSONValue = ["name": .string(product.title), "variations": [variation], "categories": []]
        return [
            "type": "ITEM", "id": .string("I\(product.number)"), "updated_at": time(product.updatedAt), "version": 1,
            "is_deleted": .bool(!product.isActive), "item_data": item,
        ]
    }

    func order(_ order: SeededCompany.Order) -> JSONValue {
        let product = world.company.product(order.product)
        let line: JSONValue = [
            "uid": "u", "catalog_object_id": .string("V\(order.product)"), "name": .string(product.title),
            "quantity": .string(String(order.quantity)), "base_price_money": money(product.priceMinor),
            "total_money": money(order.subtotalMinor),
        ]
        let refund: JSONValue = [
            "id": .string("R\(order.number)"), "status": "APPROVED", "amount_money": money(order.refundedMinor),
        ]
        let row: JSONValue = [
            "id": .string("O\(order.number)"), "location_id": .string(Self.location(order)),
            "customer_id": .string("C\(order.customer)"), "state": order.isCancelled ? "CANCELED" : "COMPLETED",
            "created_at": time(order.placedAt), "updated_at": time(order.updatedAt), "line_items": [line],
            "net_amounts": ["total_money": money(order.totalMinor - order.refundedMinor)],
            "tenders": [["id": "t"]], "total_money": money(order.totalMinor), "total_tax_money": money(order.taxMinor),
            "total_discount_money": money(order.discountMinor), "total_tip_money": money(0),
            "source": ["name": "Online"], "reference_id": .string("#\(1000 + order.number)"), "version": 1,
        ]
        guard order.refundedMinor > 0, case .object(let members) = row else { return row }
        return .object(members + [.init("refunds", [refund])])
    }

    func payment(_ order: SeededCompany.Order) -> JSONValue {
        let fee: JSONValue = ["type": "INITIAL", "amount_money": money(Self.fee(order.totalMinor))]
        return [
            "id": .string("P\(order.number)"), "status": order.isCancelled ? "FAILED" : "COMPLETED",
            "amount_money": money(order.totalMinor), "total_money": money(order.totalMinor),
            "processing_fee": order.isCancelled ? [] : [fee], "refunded_money": money(order.refundedMinor),
            "order_id": .string("O\(order.number)"), "customer_id": .string("C\(order.customer)"),
            "location_id": .string(Self.location(order)), "source_type": "CARD", "created_at": time(order.placedAt),
            "updated_at": time(order.updatedAt),
        ]
    }

    func refund(_ order: SeededCompany.Order) -> JSONValue {
        [
            "id": .string("R\(order.number)"), "status": "COMPLETED", "amount_money": money(order.refundedMinor),
            "payment_id": .string("P\(order.number)"), "order_id": .string("O\(order.number)"), "reason": "",
            "created_at": time(order.updatedAt), "updated_at": time(order.updatedAt),
        ]
    }

    /// Every second subscription costs what its plan says, which Square does not tell here.
    func subscription(_ person: SeededCompany.Customer) -> JSONValue {
        let row: JSONValue = [
            "id": .string("S\(person.number)"), "customer_id": .string("C\(person.number)"),
            "plan_variation_id": "PLAN1", "status": "ACTIVE", "start_date": "2026-01-01",
            "charged_through_date": "2026-12-01", "invoice_ids": [],
        ]
        let patched = book.patched("S\(person.number)", row)
        guard person.number % 20 == 0, case .object(let members) = patched else { return patched }
        return .object(members + [.init("price_override_money", money(1900))])
    }
}
