import BSON
import Mongo
import Tenancy

/// Does one step on the server. Doing it twice is the same as doing it once.
struct MigrationStepRunner {
    let database: MongoDatabase

    func run(_ step: MigrationStep) async throws {
        let editor = SchemaEditor(database)
        switch step.operation {
        case .createCollection: try await editor.createCollection(step.collection, validator: step.validator ?? [:])
        case .dropCollection: try await editor.dropCollection(step.collection)
        case .createIndex: if let index = step.index { try await editor.createIndexes([index], of: step.collection) }
        case .dropIndex: if let index = step.index { try await editor.dropIndex(index.name, of: step.collection) }
        case .setValidator: try await editor.setValidator(step.validator ?? [:], of: step.collection)
        case .setFields: try await setFields(step)
        }
    }

    private func setFields(_ step: MigrationStep) async throws {
        guard let filter = step.filter, let set = step.set else { return }
        let collection = database.collection(step.collection)
        var idsOnly = FindOptions()
        idsOnly.projection = ["_id": 1]
        idsOnly.limit = 1000
        while true {
            let ids = try await collection.find(filter, options: idsOnly).compactMap { $0["_id"] }
            if ids.isEmpty { return }
            let chosen: BSONDocument = ["_id": ["$in": .array(ids)]]
            _ = try await collection.update(chosen, ["$set": .document(set)], multi: true)
        }
    }
}
