import BSON
import Tenancy

/// Collections with their validators and indexes: as declared beside the document types, as the migration files
/// build them, or as the server has them. The three must be the same.
struct SchemaState: Sendable, Equatable {
    struct Collection: Sendable, Equatable {
        var validator: JSONValue?
        var indexes: [String: IndexDefinition] = [:]
    }

    var collections: [String: Collection] = [:]

    init() {}

    /// What the document types declare.
    init(declared specs: [CollectionSpec]) {
        for spec in specs {
            let indexes = spec.indexes.map { index in
                IndexDefinition(
                    name: index.name,
                    keys: index.keys.map { $0.direction < 0 ? "-" + $0.field : $0.field },
                    unique: index.unique ? true : nil,
                    sparse: index.sparse ? true : nil,
                    partial: index.partial.map { JSONValue($0) },
                    expireAfterSeconds: index.expireAfterSeconds
                )
            }
            collections[spec.name] = Collection(
                validator: spec.validator.isEmpty ? nil : JSONValue(spec.validator),
                indexes: Dictionary(indexes.map { ($0.name, $0) }) { first, _ in first }
            )
        }
    }

    /// What the migrations build.
    init(replaying migrations: [Migration]) {
        for step in migrations.flatMap(\.up) { apply(step) }
    }

    private mutating func apply(_ step: MigrationStep) {
        switch step.operation {
        case .createCollection: collections[step.collection] = Collection(validator: step.validator)
        case .dropCollection: collections[step.collection] = nil
        case .createIndex: if let index = step.index { collections[step.collection]?.indexes[index.name] = index }
        case .dropIndex: if let index = step.index { collections[step.collection]?.indexes[index.name] = nil }
        case .setValidator: collections[step.collection]?.validator = step.validator
        case .setFields: break
        }
    }

    /// The steps that lead from this state to another.
    func steps(to target: SchemaState) -> [MigrationStep] {
        let names = Set(collections.keys).union(target.collections.keys).sorted()
        return names.flatMap { name -> [MigrationStep] in
            switch (collections[name], target.collections[name]) {
            case (nil, let wanted?):
                [MigrationStep(operation: .createCollection, collection: name, validator: wanted.validator)]
                    + indexSteps(name, from: [:], to: wanted.indexes)
            case (_?, nil):
                [MigrationStep(operation: .dropCollection, collection: name)]
            case (let present?, let wanted?):
                (present.validator == wanted.validator
                    ? [] : [MigrationStep(operation: .setValidator, collection: name, validator: wanted.validator)])
                    + indexSteps(name, from: present.indexes, to: wanted.indexes)
            case (nil, nil): []
            }
        }
    }

    private func indexSteps(
        _ collection: String, from present: [String: IndexDefinition], to wanted: [String: IndexDefinition]
    ) -> [MigrationStep] {
        let drops = present.values.filter { wanted[$0.name] != $0 }.sorted { $0.name < $1.name }
        let creates = wanted.values.filter { present[$0.name] != $0 }.sorted { $0.name < $1.name }
        return drops.map { MigrationStep(operation: .dropIndex, collection: collection, index: $0) }
            + creates.map { MigrationStep(operation: .createIndex, collection: collection, index: $0) }
    }
}
