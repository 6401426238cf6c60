import Crypto
import Foundation
import Vault
import Web

extension MetaAdsServer {
    /// An object is read and written under its id. Nil for what is neither.
    func write(_ call: VendorCall) throws -> VendorReply? {
        let root = "/\(Self.version)"
        if let id = call.matches("POST \(root)/{id}/users")?["id"] { return try users(call, id, adding: true) }
        if let id = call.matches("DELETE \(root)/{id}/users")?["id"] { return try users(call, id, adding: false) }
        if let id = call.matches("GET \(root)/{id}")?["id"] {
            try call.allow(query: ["appsecret_proof"], required: ["fields"])
            guard let object = object(id) else { return missing(id) }
            let fields = (call.query("fields") ?? "").split(separator: ",").map(String.init)
            return .json(.object((["id"] + fields).compactMap { name in object[name].map { .init(name, $0) } }))
        }
        if let id = call.matches("POST \(root)/{id}")?["id"] { return try change(call, id) }
        return nil
    }

    private func object(_ id: String) -> JSONValue? {
        let rows = MetaRows(company: world.company, book: book)
        return (rows.campaigns + rows.adSets + rows.ads).first { $0["id"]?.stringValue == id }
    }

    private func missing(_ id: String) -> VendorReply {
        error(100, "Object with ID '\(id)' does not exist", subcode: 33)
    }

    private func change(_ call: VendorCall, _ id: String) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        guard object(id) != nil else { return missing(id) }
        let isTrial = call.form["execution_options"]?.contains("validate_only") == true
        for (name, value) in call.form where name != "execution_options" {
            switch name {
            case "status": try call.require(["ACTIVE", "PAUSED"].contains(value), "status \(value)")
            case "daily_budget", "lifetime_budget", "bid_amount":
                try call.require(Int64(value) != nil, "\(name) in minor units")
            default: throw SheetViolation("unknown field \(name)")
            }
            if !isTrial { book.edit(id, name, .string(value)) }
        }
        return .json(["success": true])
    }

    private func users(_ call: VendorCall, _ id: String, adding: Bool) throws -> VendorReply {
        guard let payload = try? JSONParser.parse(Array((call.form["payload"] ?? "").utf8)) else {
            throw SheetViolation("payload is JSON")
        }
        try call.require(payload["schema"]?.arrayValue == ["EMAIL"], "schema")
        let rows = payload["data"]?.arrayValue ?? []
        try call.require((1...10_000).contains(rows.count), "1 to 10,000 rows")
        let hashes = try rows.map { try call.hash($0.arrayValue?.first) }
        if adding { book.add(hashes, to: "audience/\(id)") } else { book.remove(hashes, from: "audience/\(id)") }
        return .json(["audience_id": .string(id), "num_received": .int(Int64(rows.count)), "num_invalid_entries": 0])
    }
}

extension LinkedInAdsServer {
    /// Nil for what is no write, and no look at a creative.
    func write(_ call: VendorCall) throws -> VendorReply? {
        let account = "/rest/adAccounts/\(Self.accountID)"
        if let urn = call.matches("GET \(account)/creatives/{urn}")?["urn"] {
            let rows = LinkedInRows(company: world.company).creatives.filter { $0["id"]?.stringValue == urn }
            return rows.first.map { .json(patched([$0], "creatives")[0]) } ?? error(404, "Not found", 0)
        }
        if let parts = call.matches("POST \(account)/{list}/{id}") {
            return try patch(call, parts["list"] ?? "", parts["id"] ?? "")
        }
        if let segment = call.matches("POST /rest/dmpSegments/{id}/users")?["id"] {
            try call.require(header: "X-RestLi-Method") { $0 == "BATCH_CREATE" }
            let rows = call.json["elements"]?.arrayValue ?? []
            try call.require((1...5000).contains(rows.count), "1 to 5,000 people")
            let hashes = try rows.map { row in
                try call.require(row["action"]?.stringValue == "ADD", "action ADD")
                let person = row["userIds"]?.arrayValue?.first
                try call.require(person?["idType"]?.stringValue == "SHA256_EMAIL", "idType")
                return try call.hash(person?["idValue"])
            }
            book.add(hashes, to: "segment/\(segment)")
            return .json(["elements": .array(rows.map { _ in ["status": 201] })])
        }
        return nil
    }

    private func patch(_ call: VendorCall, _ list: String, _ id: String) throws -> VendorReply {
        try call.require(header: "X-RestLi-Method") { $0 == "PARTIAL_UPDATE" }
        try call.allow(call.json, members: [], required: ["patch"])
        guard case .object(let members)? = call.json["patch"]?["$set"] else { throw SheetViolation("patch.$set") }
        let allowed = [
            "adCampaigns": ["status", "dailyBudget", "unitCost"], "adCampaignGroups": ["status"],
            "creatives": ["intendedStatus"],
        ]
        for member in members {
            try call.require(allowed[list]?.contains(member.name) == true, "\(list) has no \(member.name)")
            if member.name.hasSuffix("tatus") {
                try call.require(["ACTIVE", "PAUSED"].contains(member.value.stringValue ?? ""), "status")
            } else {
                try call.require(member.value["amount"]?.stringValue.flatMap { Double($0) } != nil, "amount is a text")
            }
            book.edit("\(list)/\(id.split(separator: ":").last ?? "")", member.name, member.value)
        }
        return VendorReply(204)
    }

    func patched(_ rows: [JSONValue], _ list: String) -> [JSONValue] {
        rows.map { row in
            let id = row["id"]?.int64Value.map(String.init) ?? row["id"]?.stringValue ?? ""
            return book.patched("\(list)/\(id.split(separator: ":").last ?? "")", row)
        }
    }

    /// `search=(id:(values:List(urn%3Ali%3AsponsoredCampaign%3A123)))`: the row with this id; all without it.
    func wanted(_ call: VendorCall, _ rows: [JSONValue]) throws -> [JSONValue] {
        guard let part = call.rawQuery.split(separator: "&").first(where: { $0.hasPrefix("search=") }) else {
            return rows
        }
        let start = "search=(id:(values:List("
        guard part.hasPrefix(start), part.hasSuffix(")))") else { throw SheetViolation("search \(part)") }
        let urn = part.dropFirst(start.count).dropLast(3)
        try call.require(!urn.contains(":"), "colons of a URN are encoded: \(urn)")
        let id = (PercentCoding.decode(urn) ?? "").split(separator: ":").last.flatMap { Int64($0) }
        return rows.filter { $0["id"]?.int64Value == id }
    }
}

extension TikTokAdsServer {
    /// Nil for what is no write.
    func write(_ call: VendorCall) throws -> VendorReply? {
        guard call.method == "POST" else { return nil }
        if call.matches("POST \(Self.root)/dmp/custom_audience/file/upload/") != nil { return try upload(call) }
        if call.matches("POST \(Self.root)/dmp/custom_audience/update/") != nil { return try extend(call) }
        let parts = call.path.dropFirst(Self.root.count).split(separator: "/").map(String.init)
        let isSmart = parts.first == "smart_plus"
        let rest = isSmart ? Array(parts.dropFirst()) : parts
        guard let kind = rest.first, ["campaign", "adgroup", "ad"].contains(kind) else { return nil }
        try call.require(header: "Content-Type") { $0.hasPrefix("application/json") }
        try call.require(call.json["advertiser_id"]?.stringValue == Self.advertiser, "advertiser_id")
        switch rest.dropFirst().joined(separator: "/") {
        case "status/update": return try setStatus(call, kind, isSmart: isSmart)
        case "update": return try update(call, kind)
        default: return nil
        }
    }

    private func number(_ kind: String, _ id: String) -> Int? {
        let start = ["campaign": "17000000000000", "adgroup": "18000000000000", "ad": "19000000000000"][kind] ?? "?"
        guard id.hasPrefix(start), let number = Int(id.dropFirst(start.count)) else { return nil }
        return world.isCampaign(number - 1000) ? number - 1000 : nil
    }

    private func setStatus(_ call: VendorCall, _ kind: String, isSmart: Bool) throws -> VendorReply {
        try call.allow(call.json, members: [], required: ["advertiser_id", "\(kind)_ids", "operation_status"])
        let word = call.json["operation_status"]?.stringValue ?? ""
        try call.require(["ENABLE", "DISABLE", "DELETE"].contains(word), "operation_status \(word)")
        let ids = (call.json["\(kind)_ids"]?.arrayValue ?? []).compactMap(\.stringValue)
        try call.require((1...20).contains(ids.count), "1 to 20 ids")
        for id in ids {
            guard let number = number(kind, id), (number % 5 == 2) == isSmart else {
                return error(40002, "\(kind) \(id) does not exist here")
            }
            book.edit("\(kind)/\(id)", "operation_status", .string(word))
        }
        return data(["\(kind)_ids": .array(ids.map { .string($0) })])
    }

    private func update(_ call: VendorCall, _ kind: String) throws -> VendorReply {
        try call.allow(
            call.json, members: ["budget", "bid_price", "conversion_bid_price"],
            required: ["advertiser_id", "\(kind)_id"])
        let id = call.json["\(kind)_id"]?.stringValue ?? ""
        guard number(kind, id) != nil else { return error(40002, "\(kind) \(id) does not exist") }
        for name in ["budget", "bid_price"] {
            guard let value = call.json[name] else { continue }
            try call.require(value.doubleValue != nil, "\(name) is a number")
            book.edit("\(kind)/\(id)", name, value)
        }
        return data(["\(kind)_id": .string(id)])
    }

    func patched(_ kind: String, _ row: JSONValue) -> JSONValue {
        book.patched("\(kind)/\(row["\(kind)_id"]?.stringValue ?? "")", row)
    }

    /// `filtering={"campaign_ids":["…"]}`
    func wanted(_ call: VendorCall, _ kind: String, _ rows: [JSONValue]) throws -> [JSONValue] {
        guard let text = call.query("filtering") else { return rows }
        guard let filter = try? JSONParser.parse(Array(text.utf8)) else { throw SheetViolation("filtering is JSON") }
        guard let ids = filter["\(kind)_ids"]?.arrayValue?.compactMap(\.stringValue) else { return rows }
        return rows.filter { ids.contains($0["\(kind)_id"]?.stringValue ?? "") }
    }

    /// The file's own digest has to be right; the name it gets is what an audience takes.
    private func upload(_ call: VendorCall) throws -> VendorReply {
        let type = call.header("Content-Type") ?? ""
        guard type.hasPrefix("multipart/form-data; boundary=") else { throw SheetViolation("multipart") }
        let parts = String(decoding: call.body, as: UTF8.self).components(separatedBy: "--" + type.dropFirst(30))
        // A line's end is one character.
        func part(_ name: String) -> String? {
            parts.first { $0.contains("name=\"\(name)\"") }?.components(separatedBy: "\r\n\r\n").dropFirst()
                .joined(separator: "\r\n\r\n").dropLast().description
        }
        try call.require(part("advertiser_id") == Self.advertiser, "advertiser_id")
        try call.require(part("calculate_type") == "EMAIL_SHA256", "calculate_type")
        let file = part("file") ?? ""
        try call.require(part("file_signature") == Self.digest(file), "file_signature")
        let rows = try file.split(separator: "\n").map { try call.hash(.string(String($0))) }
        let name = "file-\(Self.digest(file).prefix(8))"
        book.add(rows, to: "file/\(name)")
        return data(["file_path": .string(name)])
    }

    private func extend(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            call.json, members: [], required: ["advertiser_id", "custom_audience_id", "file_paths", "action"])
        try call.require(
            ["APPEND", "REMOVE", "REPLACE"].contains(call.json["action"]?.stringValue ?? ""), "action")
        let id = call.json["custom_audience_id"]?.stringValue ?? ""
        for path in (call.json["file_paths"]?.arrayValue ?? []).compactMap(\.stringValue) {
            let rows = book.members(of: "file/\(path)")
            guard !rows.isEmpty else { return error(40002, "file \(path) does not exist") }
            book.add(rows, to: "audience/\(id)")
        }
        return data(["custom_audience_id": .string(id)])
    }
}

extension TikTokAdsServer {
    fileprivate static func digest(_ text: String) -> String {
        Hex.encode(Array(Insecure.MD5.hash(data: Data(text.utf8))))
    }
}
