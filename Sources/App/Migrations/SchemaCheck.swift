import BSON
import Mongo

/// Compares what the server has with what the document types declare, for readiness and `omnify doctor`.
struct SchemaCheck {
    let database: MongoDatabase
    let declared: SchemaState

    /// A sentence for each index or validator that is missing or different; empty when all is as declared.
    func differences() async throws -> [String] {
        let present = Set(try await database.listCollectionNames())
        var sentences: [String] = []
        for (name, collection) in declared.collections.sorted(by: { $0.key < $1.key }) {
            guard present.contains(name) else {
                sentences.append("collection \(name) is missing")
                continue
            }
            let indexes = try await serverIndexes(of: name)
            for index in collection.indexes.values.sorted(by: { $0.name < $1.name }) {
                guard let found = indexes[index.name] else {
                    sentences.append("index \(index.name) of \(name) is missing")
                    continue
                }
                if found != index { sentences.append("index \(index.name) of \(name) is not as declared") }
            }
        }
        return sentences
    }

    private func serverIndexes(of collection: String) async throws -> [String: IndexDefinition] {
        let indexes = try await database.collection(collection).listIndexes().map { IndexDefinition(server: $0) }
        return Dictionary(indexes.map { ($0.name, $0) }) { first, _ in first }
    }
}
