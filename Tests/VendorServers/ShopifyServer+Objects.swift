import Foundation
import Web

/// The company's rows in the shape of Shopify's schema, with every field of the sheet.
extension ShopifyServer {
    /// Orders with more lines or refunds than come along with the list.
    public static let bigOrder = 7

    func numbers(_ root: String, _ since: Date?) -> [Int] {
        let company = world.company
        switch root {
        case "customers": return company.customers(updatedSince: since).filter { !company.customer($0).isDeleted }
        case "orders": return company.orders(updatedSince: since).filter { !company.order($0).isDeleted }
        default:
            return company.products.filter { $0.updatedAt >= since ?? .distantPast }
                .sorted { ($0.updatedAt, $0.number) < ($1.updatedAt, $1.number) }.map(\.number)
        }
    }

    var checkouts: [Int] {
        let company = world.company
        return company.events(since: nil).filter { company.event($0).type == "add_to_cart" }
    }

    func object(_ root: String, _ number: Int) -> JSONValue {
        switch root {
        case "customers": customer(number)
        case "orders": order(number)
        case "products": product(number)
        default: checkout(number)
        }
    }

    func gid(_ type: String, _ number: Int) -> JSONValue { .string("gid://shopify/\(type)/\(number)") }
    func time(_ date: Date) -> JSONValue { .string(String(HubSpotServer.iso(date).prefix(19)) + "Z") }

    private func money(_ minor: Int64) -> JSONValue {
        let value: JSONValue = [
            "amount": .string(HubSpotServer.money(minor)), "currencyCode": .string(world.company.currency),
        ]
        return ["shopMoney": value, "presentmentMoney": value]
    }

    private func customer(_ number: Int) -> JSONValue {
        book.patched("customer/\(number)", plainCustomer(number))
    }

    private func plainCustomer(_ number: Int) -> JSONValue {
        let person = world.company.customer(number)
        let word = person.emailConsent.map { $0 ? "SUBSCRIBED" : "UNSUBSCRIBED" }
        return [
            "id": gid("Customer", number), "firstName": .string(person.firstName),
            "lastName": .string(person.lastName), "createdAt": time(person.createdAt),
            "updatedAt": time(person.updatedAt), "numberOfOrders": "1", "amountSpent": money(0)["shopMoney"] ?? .null,
            "tags": .array(person.tags.map { .string($0) }), "state": "ENABLED", "locale": "en",
            "verifiedEmail": true, "note": .null, "dataSaleOptOut": .bool(number % 50 == 49),
            "defaultEmailAddress": [
                "emailAddress": .string(person.email),
                "marketingState": .string(word ?? (number % 2 == 0 ? "NOT_SUBSCRIBED" : "PENDING")),
                "marketingOptInLevel": "SINGLE_OPT_IN", "marketingUpdatedAt": time(person.emailConsentAt),
            ],
            "defaultPhoneNumber": [
                "phoneNumber": .string(person.phone),
                "marketingState": person.smsConsent == true ? "SUBSCRIBED" : "NOT_SUBSCRIBED",
                "marketingOptInLevel": "CONFIRMED_OPT_IN", "marketingUpdatedAt": time(person.emailConsentAt),
                "marketingCollectedFrom": "SHOPIFY",
            ],
            "defaultAddress": ["countryCodeV2": .string(person.country)],
        ]
    }

    private func product(_ number: Int) -> JSONValue {
        let product = world.company.product(number)
        let cost: JSONValue = ["amount": .string(HubSpotServer.money(product.costMinor))]
        // The first product comes in twelve bags: more than the list brings along.
        let variants: [JSONValue] = (0..<(number == 0 ? 12 : 1)).map { index in
            [
                "id": gid("ProductVariant", number * 100 + index), "sku": .string("\(product.sku)-\(index)"),
                "price": .string(HubSpotServer.money(product.priceMinor)), "compareAtPrice": .null,
                "inventoryQuantity": .int(Int64(product.stock)), "inventoryItem": ["unitCost": cost],
            ]
        }
        return [
            "id": gid("Product", number), "title": .string(product.title), "handle": .string("p-\(number)"),
            "status": product.isActive ? "ACTIVE" : "DRAFT", "vendor": "Northwind", "productType": "Coffee",
            "tags": [], "createdAt": time(product.createdAt), "updatedAt": time(product.updatedAt),
            "totalInventory": .int(Int64(product.stock)), "featuredMedia": .null,
            "variants": ["nodes": .array(variants)],
        ]
    }

    private func order(_ number: Int) -> JSONValue {
        let company = world.company
        let order = company.order(number)
        let isGuest = number % 40 == 39
        let email = company.customer(order.customer).email
        let state =
            order.refundedMinor >= order.totalMinor
            ? "REFUNDED"
            : order.refundedMinor > 0
                ? "PARTIALLY_REFUNDED" : "PAID"
        let utm: JSONValue = [
            "source": "newsletter", "medium": "email", "campaign": "autumn", "content": .null, "term": .null,
        ]
        let visit: JSONValue = [
            "source": "Newsletter", "sourceType": .null, "landingPage": "/", "referrerUrl": .null, "utmParameters": utm,
        ]
        return [
            "id": gid("Order", number), "legacyResourceId": .string(String(number)),
            "name": .string("#\(1000 + number)"), "createdAt": time(order.placedAt),
            "processedAt": time(order.placedAt), "updatedAt": time(order.updatedAt),
            "cancelledAt": order.isCancelled ? time(order.updatedAt) : .null, "cancelReason": .null,
            "test": .bool(order.isTest), "email": .string(email),
            "customer": isGuest ? .null : ["id": gid("Customer", order.customer)],
            "currencyCode": .string(company.currency), "displayFinancialStatus": .string(state),
            "displayFulfillmentStatus": "FULFILLED", "totalPriceSet": money(order.totalMinor),
            "subtotalPriceSet": money(order.subtotalMinor), "totalDiscountsSet": money(order.discountMinor),
            "totalTaxSet": money(order.taxMinor), "totalShippingPriceSet": money(order.shippingMinor),
            "currentTotalPriceSet": money(order.totalMinor - order.refundedMinor),
            "totalRefundedSet": money(order.refundedMinor), "sourceName": "web", "discountCodes": [], "tags": [],
            "customAttributes": [],
            "customerJourneySummary": number % 3 == 0
                ? ["daysToConversion": 1, "firstVisit": visit, "lastVisit": visit, "momentsCount": 1] : .null,
            "lineItems": ["nodes": .array(lines(order))], "refunds": .array(refunds(order)),
        ]
    }

    private func lines(_ order: SeededCompany.Order) -> [JSONValue] {
        let product = world.company.product(order.product)
        return (0..<(order.number == Self.bigOrder ? 15 : 1)).map { index in
            [
                "id": gid("LineItem", order.number * 100 + index), "title": .string(product.title),
                "variantTitle": .null, "sku": .string(product.sku), "quantity": .int(Int64(order.quantity)),
                "currentQuantity": .int(Int64(order.quantity)), "originalUnitPriceSet": money(product.priceMinor),
                "discountedTotalSet": money(order.subtotalMinor - order.discountMinor),
                "product": ["id": gid("Product", order.product)],
                "variant": ["id": gid("ProductVariant", order.product * 100)], "vendor": "Northwind",
            ]
        }
    }

    /// In one part; the big order's in seven.
    private func refunds(_ order: SeededCompany.Order) -> [JSONValue] {
        guard order.refundedMinor > 0 else { return [] }
        let parts = order.number == Self.bigOrder ? 7 : 1
        return (0..<parts).map { index in
            let share = order.refundedMinor / Int64(parts)
            let amount = index == 0 ? order.refundedMinor - share * Int64(parts - 1) : share
            return [
                "id": gid("Refund", order.number * 100 + index), "createdAt": time(order.updatedAt),
                "totalRefundedSet": money(amount),
            ]
        }
    }

    private func checkout(_ number: Int) -> JSONValue {
        let event = world.company.event(number)
        return [
            "id": gid("AbandonedCheckout", number), "createdAt": time(event.at), "totalPriceSet": money(2500),
            "customer": ["id": gid("Customer", event.customer)],
        ]
    }
}
