import BSON
import Foundation
import Mongo
import TestMongo
import Vault

@testable import Audit
@testable import Tenancy

extension TenantScope {
    static func test(
        _ organizationID: String, user: String = "usr_1", name: String = "Ann Lee", role: Role = .owner
    ) -> TenantScope {
        let organization = Organization(
            id: organizationID, name: "Acme", slug: "acme", status: .active, createdAt: Date(timeIntervalSince1970: 0))
        return TenantScope(organization: organization, actor: .user(id: user, name: name), role: role)
    }
}

extension AuditEntry {
    static func sample(_ number: Int) -> AuditEntry {
        AuditEntry(
            .dataModification, "customers.tagged", on: "customer", "cus_\(number)",
            details: ["number": .int(number), "ratio": 0.1, "a.b": "odd $key"], before: ["tags": []],
            after: ["tags": ["vip"]], origin: AuditOrigin(address: "192.0.2.1", userAgent: "Test/1.0"))
    }
}

/// A log over a fresh database, and the time it runs on.
func withLog(
    sealer: Sealer? = nil, _ body: (AuditLog, MongoDatabase, ManualTime) async throws -> Void
) async throws {
    let time = ManualTime()
    try await TestMongo.shared().withDatabase { (database) async throws in
        for spec in Audit.collections { try await spec.install(in: database) }
        try await body(AuditLog(database: database, clock: .manual(time), sealer: sealer), database, time)
    }
}
