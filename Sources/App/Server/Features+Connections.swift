import Alerts
import BSON
import Connectors
import Customers
import Eyes
import Jobs
import Mail
import Memory
import Mongo
import Records
import SystemStore
import Tenancy
import Vault
import Web

extension Features {
    /// What follows a reading: new data start an analysis.
    static func connectionHooks(_ eyes: EyesService, _ alerts: AlertsService) -> ConnectionHooks {
        ConnectionHooks(
            afterSync: { scope, _ in try await startRun(eyes, scope) },
            alert: { scope, connection, status in
                try await alerts.raise(scope, alertDraft(connection, status))
            },
            settled: { scope, connection in try await alerts.settleAll(scope, about: subject(connection)) })
    }

    private static func subject(_ connection: Connection) -> AlertSubject {
        AlertSubject(type: "connection", id: connection.id, label: connection.label)
    }

    /// What is told of a connection. What the platform said stays out: it shows on the connection's page only.
    private static func alertDraft(_ connection: Connection, _ status: ConnectionStatus) -> AlertDraft {
        let path = "/connections/" + connection.id
        let cause = status.cause.map { "connections.cause." + $0 }
        switch status.state {
        case .revoked:
            return AlertDraft(
                "connection_revoked", about: subject(connection), .warning, title: "alerts.connection_revoked.title",
                text: cause, step: "alerts.connection_revoked.step", path: path)
        case .actionRequired:
            return AlertDraft(
                "connection_action", about: subject(connection), .critical, title: "alerts.connection_action.title",
                text: cause, step: "connections.step." + status.nextStep.rawValue, path: path)
        default:
            return AlertDraft(
                "connection_late", about: subject(connection), .warning, title: "alerts.connection_late.title",
                text: "alerts.connection_late.text", step: cause ?? "alerts.connection_late.step", path: path)
        }
    }

    static func alerts(_ base: Foundations, _ outbox: MailOutbox) -> AlertsService {
        AlertsService(
            database: base.database, accounts: base.accounts, audit: base.audit, outbox: outbox,
            words: { [renderer = base.renderer] locale, zone in renderer.words(locale, zone: zone) },
            publicURL: base.config.publicURL, clock: base.clock)
    }

    /// How vendors reach this installation, and whose connection a message to the app is about.
    static func webhookSite(_ base: Foundations) -> WebhookSite {
        let opened = LoadingCache<String, TenantWatch>(capacity: 1)
        let requests = LoadingCache<String, TenantWatch>(capacity: 1)
        return WebhookSite(publicURL: base.config.publicURL) { platform, path, value in
            let watch = try await opened.value(for: "connections") {
                try await Self.watch(
                    base.database, base.memberships, base.clock, by: "webhooks",
                    reason: "Messages to a platform's app are taken to the connections of the account they name.")
            }
            return try await watch.organizations(["platform": .string(platform), path: .string(value)])
        } asked: { eventID in
            let watch = try await requests.value(for: "data_requests") {
                try await Self.watch(
                    base.database, base.memberships, base.clock, DataRequest.spec, by: "deletion_status",
                    reason: "A person with a confirmation code is told how far the removal of their data is.")
            }
            return try await watch.organizations(["vendor_event_id": .string(eventID)])
        }
    }

    /// Looks which registrations at platforms are to be looked at again, in all organizations at once.
    static func webhooksDue(_ connections: ConnectionsService) -> Schedule {
        let opened = LoadingCache<String, TenantWatch>(capacity: 1)
        return connections.webhookSchedule { filter in
            let watch = try await opened.value(for: "connections") {
                try await Self.watch(
                    connections.database, connections.memberships, connections.clock, by: "connections.webhooks",
                    reason: "What is registered at platforms is looked at and renewed when it is due.")
            }
            return try await watch.organizations(filter)
        }
    }

    private static func watch(
        _ database: MongoDatabase, _ memberships: Memberships, _ clock: WallClock,
        _ spec: CollectionSpec = Connection.spec, by name: String, reason: String
    ) async throws -> TenantWatch {
        try await SystemStore(
            database, memberships: memberships, reason: reason, by: .schedule(name), clock: clock
        ).watch(spec)
    }

    /// Looks which connections are to be read or have fallen silent, in all organizations at once.
    static func connectionsDue(_ connections: ConnectionsService) -> Schedule {
        let opened = LoadingCache<String, TenantWatch>(capacity: 1)
        return connections.schedule { filter in
            let watch = try await opened.value(for: "connections") {
                try await SystemStore(
                    connections.database, memberships: connections.memberships,
                    reason: "Readings of platforms are started when they are due.",
                    by: .schedule("connections.due"), clock: connections.clock
                ).watch(Connection.spec)
            }
            return try await watch.organizations(filter)
        }
    }
}
