import BSON
import Mongo

/// What keeps a collection in order, its validator and its indexes: as the code declares them, as the migration files
/// build them, or as a server has them. All three are compared here and nowhere else.
public struct CollectionState: Sendable {
    public var validator: BSONDocument
    /// Whether the server refuses every document that does not fit, as it does unless told otherwise.
    public var isEnforced: Bool
    public var indexes: [String: IndexSpec]

    public init(validator: BSONDocument = [:], indexes: [IndexSpec] = []) {
        self.validator = validator
        isEnforced = true
        self.indexes = Dictionary(indexes.map { ($0.name, $0) }) { first, _ in first }
    }

    /// What the code declares.
    public init(_ spec: CollectionSpec) {
        self.init(validator: spec.validator, indexes: spec.indexes)
    }

    /// What the server has; nil where it has no such collection.
    public static func onServer(_ name: String, in database: MongoDatabase) async throws -> CollectionState? {
        let found = try await database.cursorCommand(["listCollections": 1, "filter": ["name": .string(name)]])
        guard let row = found.first else { return nil }
        let options = row["options"]?.documentValue ?? [:]
        let indexes = try await database.cursorCommand(["listIndexes": .string(name)])
        var state = CollectionState(
            validator: options["validator"]?.documentValue ?? [:], indexes: indexes.map { IndexSpec(server: $0) })
        state.isEnforced =
            (options["validationLevel"]?.stringValue ?? "strict") == "strict"
            && (options["validationAction"]?.stringValue ?? "error") == "error"
        state.indexes["_id_"] = nil
        return state
    }

    /// All that has to change to make this state the wanted one, in an order in which it can be done.
    public func differences(to wanted: CollectionState) -> [SchemaDifference] {
        var differences: [SchemaDifference] = []
        if validator.canonical != wanted.validator.canonical {
            differences.append(.validator)
        } else if isEnforced != wanted.isEnforced {
            differences.append(.enforcement)
        }
        for name in Set(indexes.keys).union(wanted.indexes.keys).sorted() {
            switch (indexes[name], wanted.indexes[name]) {
            case (nil, let index?): differences.append(.missingIndex(index))
            case (let index?, nil): differences.append(.undeclaredIndex(index))
            case (let found?, let index?):
                if !found.isSame(as: index) { differences.append(.differentIndex(found: found, wanted: index)) }
            case (nil, nil): break
            }
        }
        return differences
    }
}
