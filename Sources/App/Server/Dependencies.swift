import Accounts
import Audit
import Customers
import Eyes
import Foundation
import Home
import Jobs
import Logging
import Mongo
import Platforms
import Telemetry
import Tenancy
import Vault
import Web

/// Everything the service is made of, put together once. Tests make the same with a database and a clock of their own.
public final class Dependencies: Sendable {
    let config: AppConfig
    let logger: Logger
    let clock: WallClock
    let client: MongoClient
    let database: MongoDatabase
    let migrator: Migrator
    let memberships: Memberships
    let audit: AuditLog
    let accounts: AccountsService
    let queue: JobQueue
    let runner: JobRunner
    let site: Site
    let renderer: PageRenderer
    let assets: StaticFiles
    let health: HealthMonitor
    let features: Features

    init(_ base: Base) throws {
        config = base.config
        logger = base.logger
        clock = base.clock
        client = base.client
        database = base.database
        migrator = base.migrator
        memberships = Memberships(database: database, clock: clock)
        audit = AuditLog(database: database, clock: clock)
        let sealer = Sealer(try KeyRing(configured: config.masterKeys))
        accounts = AccountsService(
            database: database, memberships: memberships, audit: audit, sealer: sealer, hasher: PasswordHasher(),
            settings: Self.accountsSettings(config), clock: clock, logger: logger)
        queue = JobQueue(database: database, clock: clock)
        assets = try StaticFiles(directory: config.home + "/Public")
        renderer = PageRenderer(
            library: try TemplateLibrary(
                directory: config.home + "/Templates", reloads: config.environment == .development),
            catalogue: try Catalogue.load(directory: config.home + "/Locales"), assets: assets)
        features = try Features(
            config: config, database: database, clock: clock, memberships: memberships, audit: audit, queue: queue,
            accounts: accounts, logger: logger)
        runner = try features.runner(queue: queue, config: config, logger: logger)
        site = Site(
            accounts: accounts, renderer: renderer, navigation: NavigationMap.groups, hooks: features.siteHooks)
        let workers = queue
        health = HealthMonitor(client: client, migrator: migrator, clock: clock) {
            (try? await workers.hasLiveWorkers()) ?? false
        }
    }

    private static func accountsSettings(_ config: AppConfig) -> AccountsSettings {
        AccountsSettings(
            registration: config.registrationMode == .instant ? .instant : .inviteOnly,
            triesPerMinute: config.limits.authPerMinute, triesPerHour: config.limits.authPerHour,
            publicURL: config.publicURL)
    }
}
