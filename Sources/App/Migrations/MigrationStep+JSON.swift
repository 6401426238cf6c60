import BSON
import Tenancy
import Web

/// How a migration file writes a step.
extension MigrationStep {
    init(_ json: JSONValue) throws {
        let object = try WrittenObject(json, names: ["do", "collection", "index", "validator", "filter", "set"])
        let word = try object.text("do")
        guard let operation = Operation(rawValue: word) else {
            throw MigrationError.badFile("there is no step “\(word)”")
        }
        self.init(
            operation: operation,
            collection: try object.text("collection"),
            index: try object["index"].map { try IndexSpec($0) },
            validator: try object.document("validator"),
            filter: try object.document("filter"),
            set: try object.document("set"))
    }

    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("do", .string(operation.rawValue)), .init("collection", .string(collection)),
        ]
        if let index { members.append(.init("index", index.json)) }
        for (name, document) in [("validator", validator), ("filter", filter), ("set", set)] {
            if let document { members.append(.init(name, JSONValue(document))) }
        }
        return .object(members)
    }
}

extension IndexSpec {
    fileprivate init(_ json: JSONValue) throws {
        let object = try WrittenObject(
            json, names: ["name", "keys", "unique", "sparse", "partial", "expire_after_seconds"])
        let keys = (object["keys"]?.arrayValue ?? []).compactMap(\.stringValue)
        guard !keys.isEmpty else { throw MigrationError.badFile("an index has no keys") }
        self.init(
            try object.text("name"),
            keys: try keys.map { try IndexSpec.key(written: $0) },
            unique: object["unique"]?.boolValue ?? false,
            sparse: object["sparse"]?.boolValue ?? false,
            partial: try object.document("partial"),
            expireAfterSeconds: object["expire_after_seconds"]?.int64Value.map { Int($0) })
    }

    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("name", .string(name)), .init("keys", .array(writtenKeys.map { .string($0) })),
        ]
        if unique { members.append(.init("unique", true)) }
        if sparse { members.append(.init("sparse", true)) }
        if let partial { members.append(.init("partial", JSONValue(partial))) }
        if let expireAfterSeconds { members.append(.init("expire_after_seconds", .int(Int64(expireAfterSeconds)))) }
        return .object(members)
    }
}

/// An object of a migration file in which a misspelt name is noticed.
struct WrittenObject {
    private let json: JSONValue

    init(_ json: JSONValue, names: Set<String>) throws {
        guard case .object(let members) = json else { throw MigrationError.badFile("an object was expected") }
        if let stray = members.first(where: { !names.contains($0.name) }) {
            throw MigrationError.badFile("the name “\(stray.name)” means nothing here")
        }
        self.json = json
    }

    subscript(name: String) -> JSONValue? { json[name] }

    func text(_ name: String) throws -> String {
        guard let text = json[name]?.stringValue else { throw MigrationError.badFile("“\(name)” is missing") }
        return text
    }

    func document(_ name: String) throws -> BSONDocument? {
        guard let value = json[name] else { return nil }
        guard let document = value.bson.documentValue else {
            throw MigrationError.badFile("“\(name)” must be an object")
        }
        return document
    }

    func steps(_ name: String) throws -> [MigrationStep] {
        guard let items = json[name]?.arrayValue else { throw MigrationError.badFile("“\(name)” must be a list") }
        return try items.map { try MigrationStep($0) }
    }
}
