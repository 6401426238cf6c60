import Web

/// Changes at Klaviyo as exact requests.
enum KlaviyoActions {
    static func request(for action: PlatformAction) -> VendorRequest? {
        switch action {
        case .addToList(let list, let profiles): members(.post, list, profiles)
        case .removeFromList(let list, let profiles): members(.delete, list, profiles)
        case .setStatus("flow", let id, let active):
            VendorRequest(
                .patch, "/api/flows/\(PercentCoding.encode(id))",
                body: .json(data("flow", id: id, ["status": active ? "live" : "draft"])), endpoint: "write")
        case .setStatus("campaign", let id, true):
            .post("/api/campaign-send-jobs", data("campaign-send-job", id: id), endpoint: "write")
        case .setStatus("campaign", let id, false):
            VendorRequest(
                .patch, "/api/campaign-send-jobs/\(PercentCoding.encode(id))",
                body: .json(data("campaign-send-job", id: id, ["action": "cancel"])), endpoint: "write")
        // A flow starts with an event: the metric its trigger listens to.
        case .startWorkflow(let metric, let profile):
            .post(
                "/api/events",
                data(
                    "event",
                    [
                        "properties": [:], "metric": data("metric", ["name": .string(metric)]),
                        "profile": data("profile", id: profile),
                    ]), endpoint: "write")
        case .erase(let profile, _):
            .post(
                "/api/data-privacy-deletion-jobs",
                data("data-privacy-deletion-job", ["profile": data("profile", id: profile)]), endpoint: "write")
        default: nil
        }
    }

    /// Membership only: consent stays as it is.
    private static func members(
        _ method: VendorRequest.Method, _ list: String, _ profiles: [String]
    ) -> VendorRequest? {
        guard !profiles.isEmpty, profiles.count <= 1000 else { return nil }
        return VendorRequest(
            method, "/api/lists/\(PercentCoding.encode(list))/relationships/profiles",
            body: .json(["data": .array(profiles.map { ["type": "profile", "id": .string($0)] })]), endpoint: "write")
    }

    private static func data(_ type: String, id: String? = nil, _ attributes: JSONValue? = nil) -> JSONValue {
        var members: [JSONValue.Member] = [.init("type", .string(type))]
        if let id { members.append(.init("id", .string(id))) }
        if let attributes { members.append(.init("attributes", attributes)) }
        return ["data": .object(members)]
    }
}
