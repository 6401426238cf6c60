import BSON
import Mongo

/// Does one step on the server. Doing it twice is the same as doing it once.
struct MigrationStepRunner {
    let database: MongoDatabase

    private enum ServerCode {
        static let namespaceNotFound = 26
        static let indexNotFound = 27
        static let namespaceExists = 48
    }

    func run(_ step: MigrationStep) async throws {
        switch step.operation {
        case .createCollection:
            try await tolerating([ServerCode.namespaceExists]) {
                var command: BSONDocument = ["create": .string(step.collection)]
                append(validator: step.validator, to: &command)
                _ = try await database.command(command)
            }
        case .dropCollection:
            try await tolerating([ServerCode.namespaceNotFound]) {
                _ = try await database.command(["drop": .string(step.collection)])
            }
        case .createIndex:
            guard let index = step.index else { return }
            _ = try await database.command([
                "createIndexes": .string(step.collection), "indexes": .array([.document(index.document)]),
            ])
        case .dropIndex:
            guard let index = step.index else { return }
            try await tolerating([ServerCode.indexNotFound, ServerCode.namespaceNotFound]) {
                _ = try await database.command(["dropIndexes": .string(step.collection), "index": .string(index.name)])
            }
        case .setValidator:
            var command: BSONDocument = ["collMod": .string(step.collection)]
            append(validator: step.validator ?? .object([:]), to: &command)
            _ = try await database.command(command)
        case .setFields: try await setFields(step)
        }
    }

    private func append(validator: JSONValue?, to command: inout BSONDocument) {
        guard let validator else { return }
        command.append("validator", validator.bson)
        command.append("validationLevel", "strict")
        command.append("validationAction", "error")
    }

    private func setFields(_ step: MigrationStep) async throws {
        guard let filter = step.filter?.document, let set = step.set else { return }
        let collection = database.collection(step.collection)
        var idsOnly = FindOptions()
        idsOnly.projection = ["_id": 1]
        idsOnly.limit = 1000
        while true {
            let ids = try await collection.find(filter, options: idsOnly).compactMap { $0["_id"] }
            if ids.isEmpty { return }
            let chosen: BSONDocument = ["_id": ["$in": .array(ids)]]
            _ = try await collection.update(chosen, ["$set": set.bson], multi: true)
        }
    }

    private func tolerating(_ codes: Set<Int>, _ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as MongoError where codes.contains(error.code) {}
    }
}
