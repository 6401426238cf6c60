import BSON
import Foundation
import Mongo

/// Databases with the whole schema that the apps of this test run take turns with: some two hundred indexes are made
/// once each and not per test, and few apps at once leave mongod to those that run.
actor AppDatabases {
    static let shared = AppDatabases(places: 4)

    private var places: Int
    private var idle: [String] = []
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private init(places: Int) { self.places = places }

    /// Runs the body with the name of a database that nobody else uses and that holds nothing but its schema, if it was
    /// used before.
    func lend(_ body: @Sendable (String) async throws -> Void) async throws {
        await enter()
        defer { leave() }
        let fresh = "app_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "").prefix(16)
        let name = idle.popLast() ?? fresh
        try await body(name)
        idle.append(name)
    }

    /// Removes what a test has stored; which migrations were applied stays known.
    static func empty(_ database: MongoDatabase) async throws {
        for name in try await database.listCollectionNames() where name != "migrations" {
            _ = try await database.collection(name).delete([:], multi: true)
        }
    }

    private func enter() async {
        if places > 0 {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func leave() {
        if waiting.isEmpty {
            places += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
