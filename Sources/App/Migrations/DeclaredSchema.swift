import Accounts
import Alerts
import Audit
import Connectors
import Customers
import Eyes
import Jobs
import Mail
import Mongo
import Platforms
import Reconciliation
import Records
import SystemStore
import Tenancy

/// All collections that the rooms declare, in one list.
public enum DeclaredSchema {
    public static let collections: [CollectionSpec] =
        Tenancy.collections + SystemStore.collections + Audit.collections + Accounts.collections
        + Customers.collections + Records.collections + Connectors.collections + Platforms.collections
        + Eyes.collections + Alerts.collections + Reconciliation.collections + jobs + own

    /// Names of the collections whose rows belong to organizations.
    static let tenantNames = Set(collections.filter(\.tenantOwned).map(\.name))

    /// What the server has otherwise than declared, a clause for each fault.
    static func differences(in database: MongoDatabase) async throws -> [String] {
        var clauses: [String] = []
        for spec in sorted { clauses += try await spec.differences(in: database) }
        return clauses
    }

    /// Makes the server's collections as declared, after somebody changed them by hand.
    /// - Returns: what was wrong.
    static func repair(in database: MongoDatabase) async throws -> [String] {
        var clauses: [String] = []
        for spec in sorted { clauses += try await spec.install(in: database) }
        return clauses
    }

    private static let sorted = collections.sorted { $0.name < $1.name }

    /// Jobs and mails know nothing of tenants; what they call a partition is an organization here.
    private static let jobs = (JobCollections.all + MailCollections.all).map { collection in
        CollectionSpec(
            collection.name,
            indexes: collection.indexes.map { index in
                IndexSpec(
                    index.name, index.keys.map { ($0.field, $0.direction) }, unique: index.isUnique,
                    partial: index.partial, expireAfterSeconds: index.expireAfterSeconds)
            },
            tenantOwned: false)
    }

    /// Used before any migration has run, so they have no indexes of their own.
    private static let own = [
        CollectionSpec("migrations", tenantOwned: false), CollectionSpec("locks", tenantOwned: false),
        InstallationSecrets.spec,
    ]
}
