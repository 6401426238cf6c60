import Web

/// JSON:API documents: what stands beside the records in `included` belongs to them.
enum JSONAPI {
    /// The records of `data`, each with the side-loaded resources it names in `_joined`, by relationship.
    static let joined: @Sendable (JSONValue) -> [JSONValue]? = { reply in
        guard let data = reply.at("data")?.arrayValue else { return nil }
        var parts: [String: JSONValue] = [:]
        for part in reply.at("included")?.list ?? [] { parts[key(part)] = part }
        guard !parts.isEmpty else { return data }
        return data.map { record in
            guard case .object(let relations)? = record.at("relationships") else { return record }
            let found = relations.compactMap { relation -> JSONValue.Member? in
                let targets = relation.value.at("data").map { $0.arrayValue ?? [$0] } ?? []
                let resources = targets.compactMap { parts[key($0)] }
                return resources.isEmpty ? nil : JSONValue.Member(relation.name, .array(resources))
            }
            return found.isEmpty ? record : record.setting("_joined", .object(found))
        }
    }

    private static func key(_ resource: JSONValue) -> String {
        "\(resource.at("type")?.text ?? "")/\(resource.at("id")?.text ?? "")"
    }
}
