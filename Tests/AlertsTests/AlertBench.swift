import Accounts
import Audit
import BSON
import Foundation
import Jobs
import Mail
import Mongo
import Tenancy
import TestMongo
import Testing
import Vault
import Web

@testable import Alerts

/// An organization with an owner who reads Spanish and a viewer, the alerts, and an outbox without a mail server.
struct AlertBench: Sendable {
    let database: MongoDatabase
    let scope: TenantScope
    let memberships: Memberships
    let service: AlertsService
    let outbox: MailOutbox
    let sealer: Sealer
    let time: ManualTime

    static func run(_ body: @Sendable (AlertBench) async throws -> Void) async throws {
        try await TestMongo.shared().withDatabase { database in
            for spec in Tenancy.collections + Audit.collections + Accounts.collections + Alerts.collections {
                try await spec.install(in: database)
            }
            for collection in MailCollections.all {
                _ = try await database.command([
                    "createIndexes": .string(collection.name),
                    "indexes": .array(collection.indexes.map { .document($0.specification) }),
                ])
            }
            try await body(try await make(database))
        }
    }

    private static func make(_ database: MongoDatabase) async throws -> AlertBench {
        let time = ManualTime()
        let clock = WallClock.manual(time)
        let memberships = Memberships(database: database, clock: clock)
        let sealer = Sealer(try KeyRing([("k1", Array(repeating: UInt8(7), count: 32))]))
        let audit = AuditLog(database: database, clock: clock)
        let accounts = AccountsService(
            database: database, memberships: memberships, audit: audit, sealer: sealer, hasher: PasswordHasher(),
            clock: clock)
        let owner = try await person("ana@shop.example", "Ana", locale: "es", database, time.now)
        let scope = try await memberships.createOrganization(
            Organization(id: ID.make("org"), name: "Shop", slug: "shop", createdAt: time.now), owner: owner,
            ownerName: "Ana")
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let catalogue = try Catalogue.load(directory: root + "/Locales")
        let outbox = MailOutbox(
            database: database, queue: JobQueue(database: database, clock: clock), sealer: sealer, smtp: nil,
            clock: clock)
        let service = AlertsService(
            database: database, accounts: accounts, audit: audit, outbox: outbox,
            words: { Localizer($0, catalogue: catalogue, zone: $1) }, publicURL: "https://omnify.example", clock: clock)
        return AlertBench(
            database: database, scope: scope, memberships: memberships, service: service, outbox: outbox,
            sealer: sealer, time: time)
    }

    /// A person as they are stored. Returns the id.
    static func person(
        _ email: String, _ name: String, locale: String?, _ database: MongoDatabase, _ now: Date
    ) async throws -> String {
        let id = ID.make("usr")
        let user = User(id: id, email: try #require(EmailAddress(email)), name: name, locale: locale, at: now)
        try await database.collection("users").insert(try user.bson())
        return id
    }

    /// A further person of the organization.
    func join(_ email: String, _ name: String, _ role: Role, locale: String? = nil) async throws {
        let id = try await Self.person(email, name, locale: locale, database, time.now)
        let membership = Membership(
            id: ID.make("mem"), organizationID: scope.organizationID, userID: id, userName: name, role: role,
            createdAt: time.now)
        try await database.collection("memberships").insert(try membership.bson())
    }

    func draft(_ kind: String = "connection_late", id: String = "con_1", label: String = "HubSpot") -> AlertDraft {
        AlertDraft(
            kind, about: AlertSubject(type: "connection", id: id, label: label), .warning,
            title: "alerts.connection_late.title", text: "alerts.connection_late.text",
            step: "connections.cause.timeout", path: "/connections/" + id)
    }

    /// All mails in the outbox, opened.
    func mails() async throws -> [MailMessage] {
        try await database.collection("mail_outbox").find([:], options: .init(sort: ["_id": 1])).map { row in
            let sealed = SealedBox(bytes: row["sealed"]?.binaryValue?.bytes ?? [])
            let context = [try row.string("partition"), "mail_outbox", try row.string("_id"), "message"]
            return try JSONDecoder().decode(MailMessage.self, from: Data(try sealer.open(sealed, context: context)))
        }
    }
}
