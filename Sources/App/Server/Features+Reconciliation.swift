import Alerts
import Connectors
import Jobs
import Memory
import Reconciliation
import Records
import SystemStore
import Tenancy

extension Features {
    /// Sources that come apart are told of once, and no longer when they agree again.
    static func reconciliationHooks(_ alerts: AlertsService) -> ReconciliationHooks {
        ReconciliationHooks(
            alert: { scope, connection, day in
                try await alerts.raise(
                    scope,
                    AlertDraft(
                        "reconciliation_off", about: differing(connection), .warning,
                        title: "reconciliation.alert.title", text: "reconciliation.alert.text",
                        step: "reconciliation.alert.step", arguments: ["day": day.day],
                        path: "/reconciliation/\(connection.id)/\(day.day)"))
            },
            settled: { scope, connection in
                try await alerts.settle(scope, kind: "reconciliation_off", about: differing(connection))
            })
    }

    private static func differing(_ connection: Connection) -> AlertSubject {
        AlertSubject(type: "source", id: connection.id, label: connection.label)
    }

    /// Holds all sources of all organizations against their own figures, once a day.
    static func reconciliationDaily(_ reconciliation: ReconciliationService) -> Schedule {
        reconciliation.schedule {
            try await SystemStore(
                reconciliation.database, memberships: reconciliation.memberships,
                reason: "Figures are compared with the sources' own every night.",
                by: .schedule("reconciliation.daily"), clock: reconciliation.clock
            ).organizations().map(\.id)
        }
    }
}
