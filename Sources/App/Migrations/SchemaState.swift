import BSON
import Tenancy

/// All collections with their validators and indexes: as declared beside the document types, or as the migration files
/// build them. The two must be the same.
struct SchemaState: Sendable {
    private(set) var collections: [String: CollectionState] = [:]

    /// What the document types declare.
    init(declared specs: [CollectionSpec]) {
        for spec in specs { collections[spec.name] = CollectionState(spec) }
    }

    /// What the migrations build.
    init(replaying migrations: [Migration]) {
        for step in migrations.flatMap(\.up) { apply(step) }
    }

    private mutating func apply(_ step: MigrationStep) {
        let name = step.collection
        switch step.operation {
        case .createCollection: collections[name] = CollectionState(validator: step.validator ?? [:])
        case .dropCollection: collections[name] = nil
        case .createIndex: if let index = step.index { collections[name]?.indexes[index.name] = index }
        case .dropIndex: if let index = step.index { collections[name]?.indexes[index.name] = nil }
        case .setValidator: collections[name]?.validator = step.validator ?? [:]
        case .setFields: break
        }
    }

    /// The steps that lead from this state to another.
    func steps(to target: SchemaState) -> [MigrationStep] {
        let names = Set(collections.keys).union(target.collections.keys).sorted()
        return names.flatMap { name -> [MigrationStep] in
            guard let wanted = target.collections[name] else {
                return [MigrationStep(operation: .dropCollection, collection: name)]
            }
            let create = MigrationStep(
                operation: .createCollection, collection: name,
                validator: wanted.validator.isEmpty ? nil : wanted.validator)
            let present = collections[name] ?? CollectionState(validator: wanted.validator)
            return (collections[name] == nil ? [create] : []) + Self.steps(name, from: present, to: wanted)
        }
    }

    private static func steps(
        _ name: String, from present: CollectionState, to wanted: CollectionState
    ) -> [MigrationStep] {
        present.differences(to: wanted).flatMap { difference -> [MigrationStep] in
            switch difference {
            case .missingCollection: []
            case .validator, .enforcement:
                [MigrationStep(operation: .setValidator, collection: name, validator: wanted.validator)]
            case .missingIndex(let index): [MigrationStep(operation: .createIndex, collection: name, index: index)]
            case .undeclaredIndex(let index): [MigrationStep(operation: .dropIndex, collection: name, index: index)]
            case .differentIndex(let found, let index):
                [
                    MigrationStep(operation: .dropIndex, collection: name, index: found),
                    MigrationStep(operation: .createIndex, collection: name, index: index),
                ]
            }
        }
    }
}
