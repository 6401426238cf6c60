import Foundation
import Vault
import Web

extension YouTubeServer {
    /// Nil for what is no write.
    func write(_ call: VendorCall) throws -> VendorReply? {
        guard call.matches("PUT /youtube/v3/videos") != nil else { return nil }
        try call.allow(query: [], required: ["part"])
        try call.require(call.query("part") == "snippet", "part snippet")
        try call.allow(call.json, members: [], required: ["id", "snippet"])
        let id = call.json["id"]?.stringValue ?? ""
        guard listed.contains(where: { Self.videoID($0.number) == id }) else {
            return error(404, "videoNotFound", "The video that you are trying to update cannot be found.")
        }
        guard let snippet = call.json["snippet"], snippet["categoryId"]?.stringValue != nil,
            snippet["title"]?.stringValue?.isEmpty == false
        else { return error(400, "invalidVideoMetadata", "The request metadata is invalid.") }
        try call.allow(
            snippet, members: ["title", "description", "tags", "categoryId", "defaultLanguage"], required: ["title"])
        // What is not sent is cleared.
        for name in ["title", "description", "tags"] { book.edit(id, "snippet.\(name)", snippet[name] ?? .null) }
        return .json(["kind": "youtube#video", "id": .string(id), "snippet": snippet])
    }
}

extension ShopifyServer {
    /// One field of a mutation.
    func write(_ field: GraphQL.Field) throws -> JSONValue {
        switch field.name {
        case "tagsAdd", "tagsRemove": return try tags(field, adding: field.name == "tagsAdd")
        case "customerEmailMarketingConsentUpdate":
            return try consent(field, "emailMarketingConsent", "defaultEmailAddress")
        case "customerSmsMarketingConsentUpdate": return try consent(field, "smsMarketingConsent", "defaultPhoneNumber")
        case "discountCodeBasicCreate": return try makeDiscount(field)
        default: throw SheetViolation("GraphQL: no mutation \(field.name)")
        }
    }

    private func answer(_ field: GraphQL.Field, _ message: String? = nil) throws -> JSONValue {
        let errors: JSONValue = message.map { [["field": ["id"], "message": .string($0)]] } ?? []
        return .object(
            try field.fields.map { inner in
                guard inner.name == "userErrors" else { throw SheetViolation("\(field.name) has no \(inner.name)") }
                return .init(inner.alias, errors)
            })
    }

    private func number(_ id: JSONValue?) -> Int? {
        guard let id = id?.stringValue, id.hasPrefix("gid://shopify/Customer/") else { return nil }
        return Int(id.dropFirst("gid://shopify/Customer/".count)).flatMap { world.isCustomer($0) ? $0 : nil }
    }

    private func tags(_ field: GraphQL.Field, adding: Bool) throws -> JSONValue {
        try allow(field, ["id", "tags"])
        guard let number = number(field.arguments["id"]) else { return try answer(field, "Customer does not exist") }
        let tags = (field.arguments["tags"]?.arrayValue ?? []).compactMap(\.stringValue)
        guard !tags.isEmpty else { throw SheetViolation("tags") }
        let present = book.value("customer/\(number)", "tags")?.arrayValue?.compactMap(\.stringValue)
        var new = (present ?? world.company.customer(number).tags).filter { !tags.contains($0) }
        if adding { new += tags }
        book.edit("customer/\(number)", "tags", .array(new.map { .string($0) }))
        return try answer(field)
    }

    private func consent(_ field: GraphQL.Field, _ name: String, _ part: String) throws -> JSONValue {
        try allow(field, ["input"])
        let input = field.arguments["input"]
        guard let number = number(input?["customerId"]) else { return try answer(field, "Customer not found") }
        guard let consent = input?[name], let word = consent["marketingState"]?.stringValue,
            ["SUBSCRIBED", "UNSUBSCRIBED", "PENDING"].contains(word), consent["marketingOptInLevel"] != nil
        else { throw SheetViolation(name) }
        if let at = consent["consentUpdatedAt"]?.stringValue.flatMap({ CivilTime.parse($0) }), at > world.clock.now() {
            return try answer(field, "Consent updated at is in the future")
        }
        book.edit("customer/\(number)", "\(part).marketingState", .string(word))
        return try answer(field)
    }

    private func makeDiscount(_ field: GraphQL.Field) throws -> JSONValue {
        try allow(field, ["basicCodeDiscount"])
        let discount = field.arguments["basicCodeDiscount"]
        let share = discount?["customerGets"]?["value"]?["percentage"]?.doubleValue ?? 0
        guard let code = discount?["code"]?.stringValue, discount?["title"] != nil, discount?["startsAt"] != nil,
            discount?["customerSelection"] != nil, discount?["customerGets"]?["items"] != nil,
            share > 0, share <= 1
        else { throw SheetViolation("basicCodeDiscount") }
        guard !book.has(code, in: "discounts") else {
            return try answer(field, "Code must be unique. Please try a different code.")
        }
        book.add([code], to: "discounts")
        return try answer(field)
    }

    func discount(_ field: GraphQL.Field) throws -> JSONValue {
        try allow(field, ["code"])
        let code = field.arguments["code"]?.stringValue ?? ""
        guard book.has(code, in: "discounts") else { return .null }
        return try GraphQL.select(
            field.fields, of: ["id": .string("gid://shopify/DiscountCodeNode/\(code)")], path: field.name)
    }
}

extension WooCommerceServer {
    /// Nil for what is no write, and no look at what writes change.
    func write(_ call: VendorCall) throws -> VendorReply? {
        let root = "/wp-json/wc/v3"
        if call.matches("POST \(root)/customers/batch") != nil { return try batch(call) }
        if let id = call.matches("GET \(root)/customers/{id}")?["id"] {
            guard let number = Int(id), world.isCustomer(number - 1) else {
                return error(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
            }
            return .json(customer(world.company.customer(number - 1)))
        }
        if call.matches("GET \(root)/coupons") != nil {
            try call.allow(query: ["code", "page", "per_page"])
            let code = call.query("code") ?? ""
            return .json(book.has(code, in: "coupons") ? [["id": 1, "code": .string(code)]] : [])
        }
        if call.matches("POST \(root)/coupons") != nil { return try coupon(call) }
        return nil
    }

    private func batch(_ call: VendorCall) throws -> VendorReply {
        try call.allow(call.json, members: ["create", "update", "delete"])
        let rows = call.json["update"]?.arrayValue ?? []
        try call.require((1...100).contains(rows.count), "1 to 100 rows")
        for row in rows {
            try call.allow(row, members: ["meta_data"], required: ["id"])
            guard let id = row["id"]?.int64Value, world.isCustomer(Int(id) - 1) else {
                return error(400, "woocommerce_rest_invalid_id", "Invalid ID.")
            }
            for fact in row["meta_data"]?.arrayValue ?? [] {
                try call.allow(fact, members: ["id"], required: ["key", "value"])
                let others = (book.value("customers/\(id)", "meta_data")?.arrayValue ?? [])
                    .filter { $0["key"] != fact["key"] }
                book.edit("customers/\(id)", "meta_data", .array(others + [fact]))
            }
        }
        return .json(["update": .array(rows)])
    }

    private func coupon(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            call.json, members: ["date_expires_gmt", "individual_use", "usage_limit", "description"],
            required: ["code", "discount_type", "amount"])
        try call.require(call.json["discount_type"]?.stringValue == "percent", "discount_type")
        try call.require(call.json["amount"]?.stringValue.flatMap { Double($0) } != nil, "amount is a text")
        // Codes are kept in lower case.
        let code = (call.json["code"]?.stringValue ?? "").lowercased()
        guard !book.has(code, in: "coupons") else {
            return error(400, "woocommerce_rest_coupon_code_already_exists", "The coupon code already exists")
        }
        book.add([code], to: "coupons")
        return .json(["id": 1, "code": .string(code)], status: 201)
    }
}

extension BigCommerceServer {
    /// Nil for what is no write, and no look at what writes change.
    func write(_ call: VendorCall) throws -> VendorReply? {
        let root = "/stores/\(Self.hash)"
        if call.matches("PUT \(root)/v3/customers") != nil {
            let rows = call.json.arrayValue ?? []
            try call.require(!rows.isEmpty, "a list of customers")
            for row in rows {
                try call.allow(row, members: ["customer_group_id"], required: ["id"])
                guard let id = row["id"]?.int64Value, world.isCustomer(Int(id) - 1),
                    let group = row["customer_group_id"]
                else { return .json(["status": 422, "title": "Invalid customer", "type": "about:blank"], status: 422) }
                book.edit("customers/\(id)", "customer_group_id", group)
            }
            return .json(["data": .array(rows), "meta": [:]])
        }
        if call.matches("GET \(root)/v2/coupons") != nil {
            try call.allow(query: ["code", "page", "limit"])
            let code = call.query("code") ?? ""
            return book.has(code, in: "coupons") ? .json([["id": 1, "code": .string(code)]]) : VendorReply(204)
        }
        guard call.matches("POST \(root)/v2/coupons") != nil else { return nil }
        try call.allow(
            call.json, members: ["enabled", "expires", "min_purchase", "max_uses"],
            required: ["name", "type", "amount", "applies_to", "code"])
        try call.require(call.json["type"]?.stringValue == "percentage_discount", "type")
        if let end = call.json["expires"] {
            try call.require(end.stringValue?.hasSuffix("+0000") == true, "dates of version 2 are RFC 2822")
        }
        let code = call.json["code"]?.stringValue ?? ""
        guard !book.has(code, in: "coupons") else {
            return .json([["status": 409, "message": "The coupon code is in use."]], status: 409)
        }
        book.add([code], to: "coupons")
        return .json(["id": 1, "code": .string(code)], status: 201)
    }
}

extension MagentoServer {
    /// Nil for what is no write, and no look at what writes change.
    func write(_ call: VendorCall) throws -> VendorReply? {
        let root = "/rest/all/V1"
        if let id = call.matches("GET \(root)/customers/{id}")?["id"], id != "search" {
            return one(id)
        }
        if let id = call.matches("PUT \(root)/customers/{id}")?["id"] {
            try call.allow(call.json, members: [], required: ["customer"])
            try call.allow(
                call.json["customer"], members: ["group_id", "extension_attributes"], required: ["id"])
            if let group = call.json["customer"]?["group_id"] { book.edit("customers/\(id)", "group_id", group) }
            if let flag = call.json["customer"]?["extension_attributes"]?["is_subscribed"] {
                book.edit("customers/\(id)", "extension_attributes.is_subscribed", flag)
            }
            return one(id)
        }
        guard call.matches("POST \(root)/coupons/generate") != nil else { return nil }
        try call.allow(call.json, members: [], required: ["couponSpec"])
        try call.allow(
            call.json["couponSpec"], members: ["format", "prefix", "suffix", "delimiter", "delimiter_at_every"],
            required: ["rule_id", "quantity", "length"])
        let first = book.members(of: "coupons").count
        let codes = (0..<Int(call.json["couponSpec"]?["quantity"]?.int64Value ?? 0)).map { "CODE\(first + $0)" }
        book.add(codes, to: "coupons")
        return .json(.array(codes.map { .string($0) }))
    }

    private func one(_ id: String) -> VendorReply {
        guard let number = Int(id), world.isCustomer(number - 1) else {
            return .json(["message": "No such entity with %fieldName = %fieldValue"], status: 404)
        }
        return .json(book.patched("customers/\(id)", MagentoRows(company: world.company).customer(number - 1)))
    }
}
