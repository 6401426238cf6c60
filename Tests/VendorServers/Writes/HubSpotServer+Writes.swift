import Web

extension HubSpotServer {
    /// A list whose members HubSpot chooses itself.
    public static let dynamicList = "99"

    /// Nil for what is no write, and no look at what writes change.
    func write(_ call: VendorCall) throws -> VendorReply? {
        let version = Self.version
        if call.matches("POST /crm/objects/\(version)/contacts/batch/upsert") != nil { return try upsert(call) }
        if call.matches("POST /crm/objects/\(version)/contacts/gdpr-delete") != nil {
            try call.allow(call.json, members: ["idProperty"], required: ["objectId"])
            book.edit("contacts/\(call.json["objectId"]?.stringValue ?? "")", "gone", true)
            return VendorReply(204)
        }
        if let parts = call.matches("PUT /crm/lists/\(version)/{list}/memberships/add") {
            return try change(call, parts["list"] ?? "", adding: call.json, removing: nil)
        }
        if let parts = call.matches("PUT /crm/lists/\(version)/{list}/memberships/add-and-remove") {
            try call.allow(call.json, members: [], required: ["recordIdsToAdd", "recordIdsToRemove"])
            return try change(
                call, parts["list"] ?? "", adding: call.json["recordIdsToAdd"],
                removing: call.json["recordIdsToRemove"])
        }
        if let parts = call.matches("GET /crm/lists/\(version)/{list}/memberships") {
            return try members(call, parts["list"] ?? "")
        }
        if let parts = call.matches("POST /communication-preferences/\(version)/statuses/{email}") {
            return try setStatus(call, parts["email"] ?? "")
        }
        if let parts = call.matches("GET /communication-preferences/\(version)/statuses/{email}") {
            try call.allow(query: ["businessUnitId"], required: ["channel"])
            return .json(["results": [status(parts["email"] ?? "")]])
        }
        return nil
    }

    private func upsert(_ call: VendorCall) throws -> VendorReply {
        try call.allow(call.json, members: [], required: ["inputs"])
        let inputs = call.json["inputs"]?.arrayValue ?? []
        try call.require((1...100).contains(inputs.count), "at most 100 inputs")
        var results: [JSONValue] = []
        for input in inputs {
            try call.allow(input, members: ["objectWriteTraceId"], required: ["id", "idProperty", "properties"])
            try call.require(input["idProperty"]?.stringValue == "email", "idProperty email")
            guard let number = world.number(of: input["id"]?.stringValue ?? "") else {
                return error(400, "Property values were not valid", ["category": "VALIDATION_ERROR"])
            }
            guard case .object(let properties)? = input["properties"] else { throw SheetViolation("properties") }
            for property in properties {
                try call.require(property.value.stringValue != nil, "every value is a text")
                book.edit("contacts/\(number)", "properties.\(property.name)", property.value)
            }
            results.append(
                book.patched("contacts/\(number)", object("contacts", number, associations: false)))
        }
        return .json(["status": "COMPLETE", "results": .array(results)])
    }

    private func change(
        _ call: VendorCall, _ list: String, adding: JSONValue?, removing: JSONValue?
    ) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/json") }
        guard list != Self.dynamicList else {
            return error(400, "Only MANUAL and SNAPSHOT lists take members.", ["category": "VALIDATION_ERROR"])
        }
        func ids(_ json: JSONValue?) throws -> [String] {
            guard let json else { return [] }
            guard let items = json.arrayValue else { throw SheetViolation("a list of record ids") }
            return try items.map { item in
                guard let id = item.stringValue else { throw SheetViolation("record ids are texts") }
                return id
            }
        }
        let (new, old) = (try ids(adding), try ids(removing))
        let known = new.filter { world.isCustomer(Int($0)) }
        if !new.isEmpty { book.add(known, to: "lists/\(list)") }
        if !old.isEmpty { book.remove(old, from: "lists/\(list)") }
        return .json([
            "recordIdsAdded": .array(known.map { .string($0) }), "recordsIdsRemoved": .array(old.map { .string($0) }),
            "recordIdsMissing": .array(new.filter { !known.contains($0) }.map { .string($0) }),
        ])
    }

    private func members(_ call: VendorCall, _ list: String) throws -> VendorReply {
        try call.allow(query: ["limit", "after"])
        let limit = call.number("limit", or: 100)
        try call.require((1...250).contains(limit), "limit \(limit)")
        let all = book.members(of: "lists/\(list)")
        let start = call.query("after").flatMap(Int.init) ?? 0
        let page: [JSONValue] = all.dropFirst(start).prefix(limit).map {
            ["recordId": .string($0), "membershipTimestamp": .string(Self.iso(world.company.now))]
        }
        return reply(page, after: start + limit < all.count ? String(start + limit) : nil)
    }

    private func setStatus(_ call: VendorCall, _ email: String) throws -> VendorReply {
        try call.allow(
            call.json, members: ["legalBasis", "legalBasisExplanation"],
            required: ["subscriptionId", "statusState", "channel"])
        try call.require(call.json["channel"]?.stringValue == "EMAIL", "channel EMAIL")
        try call.require(call.json["subscriptionId"]?.int64Value == 11, "unknown subscriptionId")
        let word = call.json["statusState"]?.stringValue ?? ""
        try call.require(["SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED"].contains(word), "statusState \(word)")
        book.edit("consent/\(email)", "11", .string(word))
        return .json(status(email))
    }

    private func status(_ email: String) -> JSONValue {
        let person = world.number(of: email).map { world.company.customer($0) }
        let word = person?.emailConsent.map { $0 ? "SUBSCRIBED" : "UNSUBSCRIBED" } ?? "NOT_SPECIFIED"
        return [
            "subscriptionId": 11, "subscriptionName": "Newsletter",
            "status": book.value("consent/\(email)", "11") ?? .string(word), "channel": "EMAIL", "source": "API",
        ]
    }
}
