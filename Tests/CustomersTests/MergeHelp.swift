import Audit
import BSON
import Customers
import Foundation
import Mongo
import Tenancy
import Vault

@testable import Customers

extension Shop {
    /// A writer of one source.
    func source(
        _ connection: String, _ platform: String = "csv", importID: String = "imp_1",
        statement: ConsentStatement? = nil, scope: TenantScope? = nil
    ) -> CustomerWriter {
        CustomerWriter(
            scope ?? self.scope, database,
            source: WriteSource(
                connectionID: connection, platform: platform, label: connection,
                importID: connection + importID), keys: keys, statement: statement, clock: clock)
    }

    /// Writes one batch of a source and brings derived values up to date.
    @discardableResult
    func load(
        _ connection: String, as platform: String = "csv", importID: String = "imp_1",
        statement: ConsentStatement? = nil, _ batch: WriteBatch
    ) async throws -> CustomerWriter {
        let writer = source(connection, platform, importID: importID, statement: statement)
        _ = try await writer.write(batch)
        try await writer.finish()
        return writer
    }

    var merges: CustomerMerges {
        CustomerMerges(scope, database, audit: AuditLog(database: database), clock: clock)
    }

    var directory: CustomerDirectory { CustomerDirectory(scope, database, keys: keys) }

    /// Ids of the customers in the list.
    func listed() async throws -> [String] {
        try await directory.page(CustomerQuery(order: .name, descending: false, limit: 200), now: time.now).rows
            .map(\.id).sorted()
    }

    /// Everything stored about people, without what only says when it was written.
    func state() async throws -> [String] {
        let technical: Set<String> = ["pii", "created_at", "updated_at", "version", "import_id", "updated_import_id"]
        var result: [String] = []
        for name in ["customers", "orders", "consent_records", "events", "payments", "order_days"] {
            for row in try await database.collection(name).find([:], options: .init(sort: ["_id": 1])) {
                result.append("\(name) \(row.removing(technical).canonical)")
            }
        }
        return result
    }

    static func person(
        _ id: String, email: String? = nil, phone: String? = nil, country: String? = nil, day: Double? = nil,
        updated: Double? = nil, first: String? = nil, links: [PersonLink] = []
    ) -> CustomerInput {
        CustomerInput(
            externalID: id, email: email, phone: phone, firstName: first, country: country,
            sourceCreatedAt: day.map(Self.day), sourceUpdatedAt: updated.map(Self.day), links: links)
    }
}
