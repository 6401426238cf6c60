import BSON
import Foundation
import Mongo
import Tenancy

extension CustomerDirectory {
    /// Which source brought each of these ledger entries, by the entry's id. Entries that a person or a program made
    /// here, and those of sources that are gone, have none.
    public func origins(of records: [ConsentRecord]) async throws -> [String: SourceState] {
        let brought = records.filter { $0.importID != nil }
        let people = Set(brought.map(\.customerAtSource)).map { BSONValue.string($0) }
        guard !people.isEmpty else { return [:] }
        async let state = CustomerFigures(scope, database).dataState()
        let rows = try await TenantCollection<StoredCustomer>(scope, database).select(
            ["connection_id"], as: PersonsSource.self, .in("_id", people))
        let connections = Dictionary(rows.map { ($0.id, $0.connectionID) }) { first, _ in first }
        let sources = Dictionary(try await state.sources.map { ($0.connectionID, $0) }) { first, _ in first }
        return brought.reduce(into: [:]) { origins, record in
            origins[record.id] = connections[record.customerAtSource].flatMap { sources[$0] }
        }
    }
}

extension ConsentRecord {
    fileprivate var customerAtSource: String { sourceCustomerID ?? customerID }
}

private struct PersonsSource: BSONConvertible {
    let id: String
    let connectionID: String

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        connectionID = try bson.string("connection_id")
    }

    func bson() -> BSONDocument { [:] }
}
