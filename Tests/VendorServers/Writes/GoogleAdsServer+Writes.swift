import Foundation
import Web

extension GoogleAdsServer {
    /// Where the id of a mutated object stands in the rows, and which fields of it may be changed.
    private static let services: [String: (prefix: String, id: String, fields: Set<String>)] = [
        "campaigns": ("campaign", "campaign.id", ["status"]),
        "adGroups": ("ad_group", "ad_group.id", ["status", "cpc_bid_micros"]),
        "adGroupAds": ("ad_group_ad", "ad_group_ad.ad.id", ["status"]),
        "campaignBudgets": ("campaign_budget", "campaign_budget.id", ["amount_micros"]),
    ]

    /// Nil for what is no write.
    func write(_ call: VendorCall) throws -> VendorReply? {
        guard call.method == "POST", !call.path.hasSuffix("googleAds:search") else { return nil }
        if let parts = call.matches("POST /\(Self.version)/customers/{customer}/{service}") {
            try call.require(parts["customer"] == Self.customerID, "the account's number")
            let words = (parts["service"] ?? "").split(separator: ":").map(String.init)
            if words == ["offlineUserDataJobs", "create"] { return try job(call) }
            guard words.count == 2, words[1] == "mutate" else { return nil }
            return try mutate(call, words[0])
        }
        if let parts = call.matches("POST /\(Self.version)/customers/{customer}/offlineUserDataJobs/{job}") {
            return try fill(call, parts["job"] ?? "")
        }
        return nil
    }

    private func mutate(_ call: VendorCall, _ service: String) throws -> VendorReply {
        guard let known = Self.services[service] else { throw SheetViolation("no service \(service)") }
        try call.allow(call.json, members: ["partialFailure", "validateOnly"], required: ["operations"])
        let isTrial = call.json["validateOnly"]?.boolValue == true
        var results: [JSONValue] = []
        for operation in call.json["operations"]?.arrayValue ?? [] {
            try call.allow(operation, members: [], required: ["updateMask", "update"])
            let mask = operation["updateMask"]?.stringValue ?? ""
            try call.require(known.fields.contains(mask), "\(service) has no \(mask)")
            let name = operation["update"]?["resourceName"]?.stringValue ?? ""
            let start = "customers/\(Self.customerID)/\(service)/"
            try call.require(name.hasPrefix(start), "resourceName \(name)")
            let camel = mask.split(separator: "_").enumerated()
                .map { $0.offset == 0 ? String($0.element) : $0.element.capitalized }.joined()
            guard let value = operation["update"]?[camel] else { throw SheetViolation("the masked field \(camel)") }
            if mask == "status" {
                try call.require(["ENABLED", "PAUSED"].contains(value.stringValue ?? ""), "status \(value)")
            } else {
                try call.require(value.stringValue.flatMap { Int64($0) } != nil, "int64 is a text")
            }
            let id = name.dropFirst(start.count).split(separator: "~").last.map(String.init) ?? ""
            if !isTrial { book.edit("\(known.id)=\(id)", "\(known.prefix)#\(mask)", value) }
            results.append(["resourceName": .string(name)])
        }
        return .json(["results": .array(results)])
    }

    /// A row with what was changed of the objects in it.
    func patched(_ row: [String: JSONValue]) -> [String: JSONValue] {
        var row = row
        for service in Self.services.values {
            guard let id = row[service.id]?.stringValue else { continue }
            for field in service.fields {
                if let value = book.value("\(service.id)=\(id)", "\(service.prefix)#\(field)") {
                    row["\(service.prefix).\(field)"] = value
                }
            }
        }
        return row
    }

    private func job(_ call: VendorCall) throws -> VendorReply {
        try call.allow(call.json, members: ["validateOnly"], required: ["job"])
        try call.require(call.json["job"]?["type"]?.stringValue == "CUSTOMER_MATCH_USER_LIST", "type of the job")
        let list = call.json["job"]?["customerMatchUserListMetadata"]?["userList"]?.stringValue ?? ""
        try call.require(list.hasPrefix("customers/\(Self.customerID)/userLists/"), "userList \(list)")
        let number = book.members(of: "jobs").count + 1
        book.add([String(number)], to: "jobs")
        book.edit("job/\(number)", "list", .string(list.split(separator: "/").last.map(String.init) ?? ""))
        return .json(["resourceName": .string("customers/\(Self.customerID)/offlineUserDataJobs/\(number)")])
    }

    private func fill(_ call: VendorCall, _ text: String) throws -> VendorReply {
        let words = text.split(separator: ":").map(String.init)
        guard words.count == 2, book.has(words[0], in: "jobs") else {
            return error(404, "NOT_FOUND", "requestError", "RESOURCE_NOT_FOUND", "No such job.")
        }
        let list = book.value("job/\(words[0])", "list")?.stringValue ?? ""
        switch words[1] {
        case "addOperations":
            try call.allow(call.json, members: ["enablePartialFailure", "validateOnly"], required: ["operations"])
            let hashes = try (call.json["operations"]?.arrayValue ?? []).map { operation in
                let person = operation["create"]?["userIdentifiers"]?.arrayValue?.first
                return try call.hash(person?["hashedEmail"])
            }
            book.add(hashes, to: "job/\(words[0])")
            return .json([:])
        case "run":
            book.add(book.members(of: "job/\(words[0])"), to: "userLists/\(list)")
            return .json(["name": .string("customers/\(Self.customerID)/operations/\(words[0])")])
        default: throw SheetViolation("no verb \(words[1])")
        }
    }
}

extension VendorCall {
    /// A SHA-256 in lower-case hex, as every audience takes it.
    func hash(_ value: JSONValue?) throws -> String {
        let text = value?.stringValue ?? ""
        try require(text.utf8.count == 64 && text.allSatisfy { "0123456789abcdef".contains($0) }, "a hash: \(text)")
        return text
    }
}
