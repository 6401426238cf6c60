import Web

extension StripeServer {
    /// Nil for what is no write, and no look at what writes make.
    func write(_ call: VendorCall) throws -> VendorReply? {
        if call.matches("GET /v1/promotion_codes") != nil {
            try call.allow(query: ["code", "limit"])
            let code = call.query("code") ?? ""
            let rows: [JSONValue] = book.has(code, in: "codes") ? [["id": "promo_1", "code": .string(code)]] : []
            return .json(["object": "list", "data": .array(rows), "has_more": false])
        }
        if let id = call.matches("DELETE /v1/subscriptions/{id}")?["id"] {
            guard try isThere("subscriptions", id) else { return missing(id) }
            book.edit("subscriptions/\(id)", "status", "canceled")
            return try shown("subscriptions", id)
        }
        guard call.method == "POST" else { return nil }
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        try call.require(header: "Idempotency-Key")
        return try book.once(call.header("Idempotency-Key") ?? "") { try change(call) }
    }

    private func missing(_ id: String) -> VendorReply {
        error(404, "invalid_request_error", "No such object: '\(id)'", code: "resource_missing")
    }

    private func isThere(_ list: String, _ id: String) throws -> Bool { try rows(list).contains { $0.id == id } }

    private func shown(_ list: String, _ id: String) throws -> VendorReply {
        guard let row = try rows(list).first(where: { $0.id == id }) else { return missing(id) }
        return .json(book.patched("\(list)/\(id)", row.object([])))
    }

    private func change(_ call: VendorCall) throws -> VendorReply {
        if let id = call.matches("POST /v1/subscriptions/{id}")?["id"] {
            guard try isThere("subscriptions", id) else { return missing(id) }
            for (name, value) in call.form { try subscription(id, name, value) }
            return try shown("subscriptions", id)
        }
        if let id = call.matches("POST /v1/customers/{id}")?["id"] {
            guard try isThere("customers", id) else { return missing(id) }
            for (name, value) in call.form {
                guard name.hasPrefix("metadata["), name.hasSuffix("]") else { throw SheetViolation("unknown \(name)") }
                // An empty value takes the key away.
                book.edit(
                    "customers/\(id)", "metadata.\(name.dropFirst(9).dropLast())",
                    value.isEmpty ? .null : .string(value))
            }
            return try shown("customers", id)
        }
        if call.matches("POST /v1/coupons") != nil {
            try call.require(call.form["percent_off"].flatMap { Double($0) } != nil, "percent_off")
            try call.require(["once", "forever", "repeating"].contains(call.form["duration"] ?? ""), "duration")
            let number = book.members(of: "stripe_coupons").count + 1
            book.add(["coupon\(number)"], to: "stripe_coupons")
            return .json(["id": .string("coupon\(number)"), "object": "coupon"])
        }
        if call.matches("POST /v1/promotion_codes") != nil { return try code(call) }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
    }

    private func subscription(_ id: String, _ name: String, _ value: String) throws {
        switch name {
        case "pause_collection[behavior]":
            guard ["void", "keep_as_draft", "mark_uncollectible"].contains(value) else { throw SheetViolation(value) }
            book.edit("subscriptions/\(id)", "pause_collection", ["behavior": .string(value)])
        case "pause_collection":
            guard value.isEmpty else { throw SheetViolation("an empty value ends the pause") }
            book.edit("subscriptions/\(id)", "pause_collection", .null)
        case "cancel_at_period_end":
            book.edit("subscriptions/\(id)", "cancel_at_period_end", .bool(value == "true"))
        default: throw SheetViolation("unknown \(name)")
        }
    }

    private func code(_ call: VendorCall) throws -> VendorReply {
        let form = call.form
        try call.require(form["promotion[type]"] == "coupon", "promotion[type]")
        guard book.has(form["promotion[coupon]"] ?? "", in: "stripe_coupons") else {
            return missing(form["promotion[coupon]"] ?? "")
        }
        let code = form["code"] ?? ""
        guard !book.has(code, in: "codes") else {
            return error(400, "invalid_request_error", "An active promotion code with this code exists already.")
        }
        book.add([code], to: "codes")
        return .json(["id": "promo_1", "object": "promotion_code", "code": .string(code)])
    }
}

extension PayPalServer {
    /// Nil for what is no write.
    func write(_ call: VendorCall) throws -> VendorReply? {
        guard let parts = call.matches("POST /v1/billing/subscriptions/{id}/{verb}"), let id = parts["id"] else {
            return nil
        }
        try call.require(header: "PayPal-Request-Id")
        try call.allow(call.json, members: [], required: ["reason"])
        let states = ["suspend": "SUSPENDED", "activate": "ACTIVE", "cancel": "CANCELLED"]
        guard let state = states[parts["verb"] ?? ""] else { throw SheetViolation("no verb \(parts["verb"] ?? "")") }
        return book.once(call.header("PayPal-Request-Id") ?? "") {
            guard subscription(id).status == 200 else { return subscription(id) }
            book.edit(id, "status", .string(state))
            return VendorReply(204)
        }
    }
}

extension SquareServer {
    /// Nil for what is no write.
    func write(_ call: VendorCall) throws -> VendorReply? {
        if let parts = call.matches("PUT /v2/customers/{id}/groups/{group}") {
            guard isThere(parts["id"]) else { return error(404, "INVALID_REQUEST_ERROR", "NOT_FOUND") }
            book.add([parts["id"] ?? ""], to: "groups/\(parts["group"] ?? "")")
            return .json([:])
        }
        if let parts = call.matches("DELETE /v2/customers/{id}/groups/{group}") {
            book.remove([parts["id"] ?? ""], from: "groups/\(parts["group"] ?? "")")
            return .json([:])
        }
        guard let parts = call.matches("POST /v2/subscriptions/{id}/{verb}"), parts["verb"] != "search" else {
            return nil
        }
        let states = ["pause": "PAUSED", "resume": "ACTIVE", "cancel": "CANCELED"]
        guard let state = states[parts["verb"] ?? ""] else { throw SheetViolation("no verb \(parts["verb"] ?? "")") }
        book.edit(parts["id"] ?? "", "status", .string(state))
        return .json(["subscription": ["id": .string(parts["id"] ?? ""), "status": .string(state)]])
    }

    private func isThere(_ id: String?) -> Bool {
        guard let id, id.hasPrefix("C"), let number = Int(id.dropFirst()) else { return false }
        return world.isCustomer(number)
    }
}
