import Audit
import BSON
import Connectors
import Customers
import Eyes
import Jobs
import Memory
import SystemStore
import Tenancy

extension Features {
    /// What follows a reading: new data start an analysis, a person's request stands in the audit log.
    static func connectionHooks(_ eyes: EyesService, _ audit: AuditLog) -> ConnectionHooks {
        ConnectionHooks(
            afterSync: { scope, _ in try await startRun(eyes, scope) },
            privacyRequest: { scope, connectionID, kind, _ in
                // Who it is about stays out of the log; the platform names the person again when asked.
                try await audit.record(
                    scope,
                    AuditEntry(
                        .dataAccess, "privacy.request_received", on: "connection", connectionID,
                        details: ["kind": .string(kind)]),
                    requestID: "")
            })
    }

    /// Looks every minute which connections are to be read, in all organizations.
    static func connectionsDue(_ connections: ConnectionsService) -> Schedule {
        let organizations = LoadingCache<String, [String]>(capacity: 1, lifetime: .seconds(600))
        return connections.schedule {
            try await organizations.value(for: "all") {
                try await SystemStore(
                    connections.database, memberships: connections.memberships,
                    reason: "Readings of platforms are started when they are due.",
                    by: .schedule("connections.due"), clock: connections.clock
                ).organizations().map(\.id)
            }
        }
    }
}
