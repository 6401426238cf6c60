import BSON
import Mongo

extension CollectionSpec {
    /// Brings the server in step: collection, enforced validator, indexes. Changes nothing that already fits, leaves
    /// indexes alone that nothing declares, and may be repeated.
    /// - Returns: what was wrong, in words.
    @discardableResult
    public func install(in database: MongoDatabase) async throws -> [String] {
        let differences = try await serverDifferences(in: database)
        let editor = SchemaEditor(database)
        for difference in differences { try await mend(difference, with: editor) }
        return differences.compactMap { $0.sentence(about: name) }
    }

    /// What differs between this declaration and the server, in words; empty when all is well.
    public func differences(in database: MongoDatabase) async throws -> [String] {
        try await serverDifferences(in: database).compactMap { $0.sentence(about: name) }
    }

    private func serverDifferences(in database: MongoDatabase) async throws -> [SchemaDifference] {
        try await CollectionState.onServer(name, in: database)?.differences(to: CollectionState(self))
            ?? [.missingCollection]
    }

    private func mend(_ difference: SchemaDifference, with editor: SchemaEditor) async throws {
        switch difference {
        case .missingCollection:
            try await editor.createCollection(name, validator: validator)
            try await editor.createIndexes(indexes, of: name)
        case .validator, .enforcement: try await editor.setValidator(validator, of: name)
        case .missingIndex(let index): try await editor.createIndexes([index], of: name)
        case .differentIndex(_, let index):
            try await editor.dropIndex(index.name, of: name)
            try await editor.createIndexes([index], of: name)
        case .undeclaredIndex: break
        }
    }
}
