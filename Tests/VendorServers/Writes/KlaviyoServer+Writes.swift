import Web

extension KlaviyoServer {
    /// Nil for what is no write, and no look at what writes change.
    func write(_ call: VendorCall) throws -> VendorReply? {
        if let parts = call.matches("POST /api/lists/{list}/relationships/profiles") {
            book.add(try profiles(in: call), to: "lists/\(parts["list"] ?? "")")
            return VendorReply(204)
        }
        if let parts = call.matches("DELETE /api/lists/{list}/relationships/profiles") {
            book.remove(try profiles(in: call), from: "lists/\(parts["list"] ?? "")")
            return VendorReply(204)
        }
        if let parts = call.matches("GET /api/lists/{list}/profiles") {
            try call.allow(query: ["page[size]", "page[cursor]", "filter", "sort"])
            let members = book.members(of: "lists/\(parts["list"] ?? "")").compactMap { Int($0.dropFirst(4)) }
            let size = call.number("page[size]", or: 20)
            try call.require((1...100).contains(size), "page[size] up to 100")
            return page(call, members, size: size) { ["type": "profile", "id": .string("PROF\($0)")] }
        }
        if let parts = call.matches("GET /api/flows/{id}") { return one(parts["id"] ?? "", "FLOW", flow) }
        if let parts = call.matches("GET /api/profiles/{id}") {
            try call.allow(query: ["additional-fields[profile]", "fields[profile]"])
            return one(parts["id"] ?? "", "PROF") {
                profile(
                    world.company.customer($0),
                    hasConsent: call.query("additional-fields[profile]")?.contains("subscriptions") == true)
            }
        }
        if let parts = call.matches("PATCH /api/flows/{id}") { return try setFlow(call, parts["id"] ?? "") }
        return try writeJob(call)
    }

    private func writeJob(_ call: VendorCall) throws -> VendorReply? {
        switch "\(call.method) \(call.path)" {
        case "POST /api/profile-import": return try importProfile(call)
        case "POST /api/profile-suppression-bulk-create-jobs":
            return try consents(call, "profile-suppression-bulk-create-job", .string("UNSUBSCRIBED"))
        case "POST /api/profile-subscription-bulk-create-jobs":
            return try consents(call, "profile-subscription-bulk-create-job", .string("SUBSCRIBED"))
        case "POST /api/profile-subscription-bulk-delete-jobs":
            return try consents(call, "profile-subscription-bulk-delete-job", .string("UNSUBSCRIBED"))
        case "POST /api/events":
            let event = try data(call, "event")
            try call.allow(
                event["attributes"], members: ["time", "value", "value_currency", "unique_id"],
                required: ["properties", "metric", "profile"])
            book.add([event.profileID], to: "events/\(event.metricName)")
            return VendorReply(202)
        case "POST /api/campaign-send-jobs":
            let id = try data(call, "campaign-send-job")["id"]?.stringValue ?? ""
            book.edit("campaigns/\(id)", "sent", true)
            return VendorReply(202)
        case "POST /api/data-privacy-deletion-jobs":
            let job = try data(call, "data-privacy-deletion-job")
            book.add([job["attributes"]?["profile"]?["data"]?["id"]?.stringValue ?? ""], to: "erased")
            return VendorReply(202)
        default: return nil
        }
    }

    /// The resource of a JSON:API body.
    private func data(_ call: VendorCall, _ type: String) throws -> JSONValue {
        try call.allow(call.json, members: [], required: ["data"])
        guard let data = call.json["data"], data["type"]?.stringValue == type else {
            throw SheetViolation("\(call.path): data of type \(type)")
        }
        return data
    }

    private func profiles(in call: VendorCall) throws -> [String] {
        try call.allow(call.json, members: [], required: ["data"])
        let rows = call.json["data"]?.arrayValue ?? []
        try call.require((1...1000).contains(rows.count), "1 to 1,000 profiles")
        return try rows.map { row in
            try call.allow(row, members: [], required: ["type", "id"])
            try call.require(row["type"]?.stringValue == "profile", "type profile")
            return row["id"]?.stringValue ?? ""
        }
    }

    private func one(_ id: String, _ prefix: String, _ row: (Int) -> JSONValue) -> VendorReply {
        guard id.hasPrefix(prefix), let number = Int(id.dropFirst(prefix.count)), number < 100_000 else {
            return error(404, "not_found", "Not found.")
        }
        return .json(["data": row(number)])
    }

    private func setFlow(_ call: VendorCall, _ id: String) throws -> VendorReply {
        let flow = try data(call, "flow")
        try call.require(flow["id"]?.stringValue == id, "the id of the path")
        let status = flow["attributes"]?["status"]?.stringValue ?? ""
        try call.require(["draft", "manual", "live"].contains(status), "status \(status)")
        guard id == "FLOW0" || id == "FLOW1" else { return error(404, "not_found", "Not found.") }
        book.edit(id, "attributes.status", .string(status))
        return one(id, "FLOW", self.flow)
    }

    private func importProfile(_ call: VendorCall) throws -> VendorReply {
        let profile = try data(call, "profile")
        let facts = profile["attributes"]
        try call.require(
            facts?["email"] != nil || facts?["phone_number"] != nil || facts?["external_id"] != nil, "an identifier")
        guard let number = world.number(of: facts?["email"]?.stringValue ?? "") else {
            return .json(["data": ["type": "profile", "id": "NEW1"]], status: 201)
        }
        if case .object(let properties)? = facts?["properties"] {
            for property in properties {
                book.edit("PROF\(number)", "attributes.properties.\(property.name)", property.value)
            }
        }
        return one("PROF\(number)", "PROF") { self.profile(world.company.customer($0), hasConsent: false) }
    }

    private func consents(_ call: VendorCall, _ type: String, _ word: JSONValue) throws -> VendorReply {
        let job = try data(call, type)
        let rows = job["attributes"]?["profiles"]?["data"]?.arrayValue ?? []
        try call.require((1...100).contains(rows.count), "1 to 100 profiles")
        for row in rows {
            try call.require(row["type"]?.stringValue == "profile", "type profile")
            let email = row["attributes"]?["email"]?.stringValue ?? ""
            try call.require(!email.isEmpty, "email")
            guard let number = world.number(of: email) else { continue }
            book.edit("PROF\(number)", "attributes.subscriptions.email.marketing.consent", word)
        }
        return VendorReply(202)
    }
}

extension JSONValue {
    fileprivate var profileID: String { self["attributes"]?["profile"]?["data"]?["id"]?.stringValue ?? "" }

    fileprivate var metricName: String {
        self["attributes"]?["metric"]?["data"]?["attributes"]?["name"]?.stringValue ?? ""
    }
}
