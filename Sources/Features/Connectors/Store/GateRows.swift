import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// What all processes know together about calls: how much may still be asked, and whether somebody is down.
protocol GateState: Sendable, Equatable {
    func fields() -> BSONDocument
    mutating func restore(_ fields: BSONDocument)
}

/// Shared states by key. A row is changed only by whoever knows its present version; the others read it again.
struct GateRows<State: GateState>: Sendable {
    struct Known: Sendable {
        var state: State
        /// Zero while there is no row.
        var version: Int64
    }

    /// How often a change is tried against others'. Each round lets somebody through.
    private static var rounds: Int { 100 }
    /// Rows that nobody has changed for so long go.
    private static var lifetime: TimeInterval { 3 * 86_400 }

    let collection: MongoCollection

    func read(_ key: String, fresh: State) async throws -> Known {
        guard let row = try await collection.findOne(["_id": .string(key)]) else {
            return Known(state: fresh, version: 0)
        }
        var state = fresh
        state.restore(row["state"]?.documentValue ?? [:])
        return Known(state: state, version: row["version"]?.int64Value ?? 0)
    }

    /// Changes the state, starting from what is known of it, and returns it as it is stored now.
    func change<Outcome>(
        _ key: String, known: Known?, fresh: State, at now: Date, _ body: (inout State) -> Outcome
    ) async throws -> (outcome: Outcome, known: Known) {
        var present: Known
        if let known { present = known } else { present = try await read(key, fresh: fresh) }
        for _ in 0..<Self.rounds {
            var next = present.state
            let outcome = body(&next)
            if next == present.state { return (outcome, present) }
            if try await write(key, next, over: present.version, at: now) {
                return (outcome, Known(state: next, version: present.version + 1))
            }
            present = try await read(key, fresh: fresh)
        }
        throw VendorFault.retry("busy")
    }

    private func write(_ key: String, _ state: State, over version: Int64, at now: Date) async throws -> Bool {
        let row: BSONDocument = [
            "state": .document(state.fields()), "version": .int64(version + 1),
            "expires_at": .date(now.addingTimeInterval(Self.lifetime)),
        ]
        if version > 0 {
            return try await collection.update(
                ["_id": .string(key), "version": .int64(version)], ["$set": .document(row)]
            ).matched > 0
        }
        do {
            try await collection.insert(row.prepending("_id", .string(key)))
            return true
        } catch let error as MongoError where error.isDuplicateKey {
            return false
        }
    }
}

/// The collections behind it. They belong to no organization: some budgets are shared by all, and nothing of a
/// customer stands in them.
enum GateCollections {
    static let breakers = CollectionSpec("circuit_breakers", indexes: [expiry], tenantOwned: false)
    static let buckets = CollectionSpec("rate_buckets", indexes: [expiry], tenantOwned: false)

    private static let expiry = IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0)
}
