import Web

extension GoHighLevelServer {
    /// Nil for what is no write.
    func write(_ call: VendorCall) throws -> VendorReply? {
        if let parts = call.matches("POST /contacts/bulk/tags/update/{verb}") {
            return try tags(call, parts["verb"] ?? "")
        }
        if call.matches("POST /contacts/upsert") != nil { return try upsert(call) }
        if let parts = call.matches("POST /contacts/{id}/workflow/{workflow}") {
            try call.allow(call.json, members: ["eventStartTime"])
            book.add([parts["id"] ?? ""], to: "workflow/\(parts["workflow"] ?? "")")
            return .json(["succeded": true])
        }
        if let parts = call.matches("POST /contacts/{id}/campaigns/{campaign}") {
            book.add([parts["id"] ?? ""], to: "campaign/\(parts["campaign"] ?? "")")
            return .json(["succeded": true])
        }
        if let parts = call.matches("PUT /contacts/{id}") { return try setPreferences(call, parts["id"] ?? "") }
        if let parts = call.matches("PUT /opportunities/{id}/status") {
            let status = call.json["status"]?.stringValue ?? ""
            guard ["open", "won", "lost", "abandoned"].contains(status) else {
                return failure(422, ["status must be one of open, won, lost, abandoned"])
            }
            book.edit("opportunity/\(parts["id"] ?? "")", "status", .string(status))
            return .json(["succeded": true])
        }
        if let parts = call.matches("POST /ad-publishing/facebook/campaigns/{id}/{verb}") {
            let verb = parts["verb"] ?? ""
            try call.require(["pause", "resume"].contains(verb), "pause or resume")
            book.edit("ad_campaign/\(parts["id"] ?? "")", "status", .string(verb))
            return .json(["success": true])
        }
        return nil
    }

    private func number(_ id: String) -> Int? {
        guard id.hasPrefix("contact"), let number = Int(id.dropFirst(7)), world.isCustomer(number) else { return nil }
        return number
    }

    private func tags(_ call: VendorCall, _ verb: String) throws -> VendorReply {
        try call.require(["add", "remove"].contains(verb), "add or remove")
        try call.allow(call.json, members: ["removeAllTags"], required: ["contacts", "tags", "locationId"])
        try call.require(call.json["locationId"]?.stringValue == Self.location, "locationId")
        let tags = (call.json["tags"]?.arrayValue ?? []).compactMap(\.stringValue)
        let ids = (call.json["contacts"]?.arrayValue ?? []).compactMap(\.stringValue)
        try call.require(!tags.isEmpty && !ids.isEmpty, "contacts and tags")
        for id in ids {
            guard let number = number(id) else { return failure(400, .string("Contact with id \(id) not found")) }
            let present = book.value(id, "tags")?.arrayValue?.compactMap(\.stringValue)
            var new = present ?? world.company.customer(number).tags
            new.removeAll { tags.contains($0) }
            if verb == "add" { new += tags }
            book.edit(id, "tags", .array(new.map { .string($0) }))
        }
        return .json(["succeded": true, "errorCount": 0])
    }

    private func upsert(_ call: VendorCall) throws -> VendorReply {
        try call.require(call.json["tags"] == nil, "tags overwrite all others")
        try call.require(call.json["locationId"]?.stringValue == Self.location, "locationId")
        let email = call.json["email"]?.stringValue ?? ""
        guard let number = world.number(of: email), case .object(let members) = call.json else {
            return .json(["new": true, "contact": ["id": "contactNew"]], status: 201)
        }
        for member in members where !["locationId", "email"].contains(member.name) {
            book.edit("contact\(number)", member.name, member.value)
        }
        return .json([
            "new": false, "contact": contact(world.company.customer(number), hasPreferences: true),
        ])
    }

    private func setPreferences(_ call: VendorCall, _ id: String) throws -> VendorReply {
        guard let number = number(id) else { return failure(404, "Contact not found") }
        try call.allow(call.json, members: ["dnd", "dndSettings", "firstName", "lastName", "phone"])
        guard case .object(let channels)? = call.json["dndSettings"] else { throw SheetViolation("dndSettings") }
        for channel in channels {
            try call.require(
                ["Call", "Email", "SMS", "WhatsApp", "GMB", "FB"].contains(channel.name), "channel \(channel.name)")
            let status = channel.value["status"]?.stringValue ?? ""
            try call.require(["active", "inactive", "permanent"].contains(status), "status \(status)")
            book.edit(id, "dndSettings.\(channel.name).status", .string(status))
        }
        return .json([
            "succeded": true, "contact": contact(world.company.customer(number), hasPreferences: true),
        ])
    }
}
