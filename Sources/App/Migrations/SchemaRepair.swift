import BSON
import Mongo

/// Makes a server's indexes and validators as declared, after somebody changed them by hand.
struct SchemaRepair {
    let database: MongoDatabase
    let declared: SchemaState

    func run() async throws {
        let runner = MigrationStepRunner(database: database)
        for (name, collection) in declared.collections.sorted(by: { $0.key < $1.key }) {
            try await runner.run(
                MigrationStep(operation: .createCollection, collection: name, validator: collection.validator))
            try await runner.run(
                MigrationStep(operation: .setValidator, collection: name, validator: collection.validator))
            let present = try await database.collection(name).listIndexes().map { IndexDefinition(server: $0) }
            for index in collection.indexes.values.sorted(by: { $0.name < $1.name }) {
                let found = present.first { $0.name == index.name }
                if found == index { continue }
                if let found {
                    try await runner.run(MigrationStep(operation: .dropIndex, collection: name, index: found))
                }
                try await runner.run(MigrationStep(operation: .createIndex, collection: name, index: index))
            }
        }
    }
}
