import FaultLab
import Mongo
import TestMongo

/// Databases that the labs of this test run take turns with.
struct LabDatabases: Sendable {
    static let shared = LabDatabases()

    let scratch = ScratchDatabases(places: 4) { name in try await TestMongo.shared().client.database(name) }

    /// Runs the body with an empty database that nobody else uses meanwhile.
    func lend(_ body: @Sendable (MongoDatabase) async throws -> Void) async throws { try await scratch.lend(body) }
}
