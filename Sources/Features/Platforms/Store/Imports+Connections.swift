import BSON
import Customers
import Foundation
import Mongo
import Records
import Tenancy
import Vault

extension Imports {
    /// The label of the door for files that every organization has.
    public static let standardLabel = SourceName.files

    func connections(_ scope: TenantScope) -> TenantCollection<Connection> { TenantCollection(scope, database) }

    public func connections(in scope: TenantScope) async throws -> [Connection] {
        try await connections(scope).find(sort: [.ascending("platform"), .ascending("label")], limit: 200)
    }

    /// The connection with this id, or the standard one, made when it is first needed.
    func connection(_ scope: TenantScope, id: String? = nil) async throws -> Connection {
        if let id {
            guard let found = try await connections(scope).get(id: id) else { throw ImportError.notFound }
            return found
        }
        return try await connect(scope, label: Self.standardLabel).connection
    }

    /// Opens a door for files under a label; a second call with the same label finds the first.
    public func connect(
        _ scope: TenantScope, label: String, requestID: String = ""
    ) async throws -> (connection: Connection, isNew: Bool) {
        let filter = Filter.and([.eq("platform", .string(Platform.csv.rawValue)), .eq("label", .string(label))])
        if let found = try await connections(scope).first(filter) { return (found, false) }
        try scope.requireWritable()
        let now = clock.now()
        let connection = Connection(
            id: ID.make("con", at: now), platform: Platform.csv.rawValue, label: label, status: "connected",
            createdBy: scope.userID, at: now)
        do {
            try await connections(scope).insert(connection)
        } catch let error as MongoError where error.isDuplicateKey {
            guard let found = try await connections(scope).first(filter) else { throw error }
            return (found, false)
        }
        try await noteConnection(scope, connection, requestID: requestID)
        return (connection, true)
    }

    /// One import at a time writes through a connection: true once it is ours. Called again, it holds on to it.
    func acquire(_ scope: TenantScope, _ connectionID: String, holder: String) async throws -> Bool {
        let now = clock.now()
        let free = Filter.or([
            .eq("lock_holder", .string(holder)), .eq("lock_holder", .null), .lt("lock_until", .date(now)),
        ])
        let result = try await connections(scope).update(
            .and([.id(connectionID), free]),
            [.set("lock_holder", .string(holder)), .set("lock_until", .date(now.addingTimeInterval(120)))])
        return result.matched > 0
    }

    func release(_ scope: TenantScope, _ connectionID: String, holder: String) async throws {
        _ = try await connections(scope).update(
            .and([.id(connectionID), .eq("lock_holder", .string(holder))]),
            [.set("lock_holder", .null), .set("last_sync", .date(clock.now())), .set("updated_at", .date(clock.now()))])
    }
}
