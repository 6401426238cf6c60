import BSON
import Mongo

extension CollectionSpec {
    /// Brings the server in step: collection, validator (strict), missing indexes. Changes nothing that already fits,
    /// never drops an index, and may be repeated.
    public func install(in database: MongoDatabase) async throws {
        let exists = try await database.listCollectionNames().contains(name)
        var settings: BSONDocument = [(exists ? "collMod" : "create"): .string(name)]
        settings.append("validator", .document(validator))
        settings.append("validationLevel", "strict")
        settings.append("validationAction", "error")
        _ = try await database.command(settings)
        guard !indexes.isEmpty else { return }
        _ = try await database.command([
            "createIndexes": .string(name), "indexes": .array(indexes.map { .document($0.document) }),
        ])
    }

    /// What differs between this declaration and the server, in words for `omnify doctor`; empty when all is well.
    public func differences(in database: MongoDatabase) async throws -> [String] {
        let info = try await database.command(["listCollections": 1, "filter": ["name": .string(name)]])
        guard let found = Self.firstBatch(info).first else { return ["collection \(name) is missing"] }
        var problems: [String] = []
        let present = found["options"]?.documentValue?["validator"]?.documentValue ?? [:]
        if present != validator { problems.append("validator of \(name) differs") }
        let rows = Self.firstBatch(try await database.command(["listIndexes": .string(name)]))
        for index in indexes {
            guard let row = rows.first(where: { $0["name"]?.stringValue == index.name }) else {
                problems.append("index \(name).\(index.name) is missing")
                continue
            }
            if !index.matches(row) { problems.append("index \(name).\(index.name) differs") }
        }
        return problems
    }

    private static func firstBatch(_ reply: BSONDocument) -> [BSONDocument] {
        reply["cursor"]?.documentValue?["firstBatch"]?.arrayValue?.compactMap(\.documentValue) ?? []
    }
}

extension IndexSpec {
    /// Whether an index as the server lists it is this one.
    fileprivate func matches(_ row: BSONDocument) -> Bool {
        let present = row["key"]?.documentValue?.elements().map {
            Key(field: $0.key, direction: $0.value.intValue ?? 0)
        }
        return present == keys && (row["unique"]?.boolValue ?? false) == unique
            && (row["sparse"]?.boolValue ?? false) == sparse
            && row["partialFilterExpression"]?.documentValue == partial
            && row["expireAfterSeconds"]?.intValue == expireAfterSeconds
    }
}
