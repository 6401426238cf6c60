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
    let scheduler: Scheduler
    let site: Site
    let renderer: PageRenderer
    let assets: StaticFiles
    let health: HealthMonitor
    let features: Features

    /// Reads or makes the installation's own keys, then puts everything together.
    convenience init(_ base: Base) async throws {
        let sealer = Sealer(try KeyRing(configured: base.config.masterKeys))
        let secrets = InstallationSecrets(database: base.database, sealer: sealer)
        let tokenizer = Tokenizer(key: try await secrets.key("person_tokens"))
        try FileManager.default.createDirectory(atPath: base.config.dataDirectory, withIntermediateDirectories: true)
        try self.init(base, sealer: sealer, keys: PersonKeys(tokenizer: tokenizer, sealer: sealer))
        try await accounts.prepare()
    }

    /// Without touching the database; enough to list routes and describe the API.
    init(_ base: Base, sealer: Sealer, keys: PersonKeys) throws {
        config = base.config
        logger = base.logger
        clock = base.clock
        client = base.client
        database = base.database
        migrator = base.migrator
        memberships = Memberships(database: database, clock: clock)
        audit = AuditLog(database: database, clock: clock, sealer: sealer)
        let queue = JobQueue(database: database, clock: clock)
        self.queue = queue
        accounts = AccountsService(
            database: database, memberships: memberships, audit: audit, sealer: sealer, hasher: PasswordHasher(),
            settings: Self.accountsSettings(config), hooks: Features.accountsHooks(queue), clock: clock, logger: logger)
        assets = try StaticFiles(directory: config.home + "/Public")
        renderer = PageRenderer(
            library: try TemplateLibrary(
                directory: config.home + "/Templates", reloads: config.environment == .development),
            catalogue: try Catalogue.load(directory: config.home + "/Locales"), assets: assets)
        features = Features(
            Features.Foundations(
                config: config, database: database, clock: clock, memberships: memberships, audit: audit, queue: queue,
                accounts: accounts, keys: keys, ring: try KeyRing(configured: config.masterKeys), sealer: sealer,
                renderer: renderer))
        runner = features.runner(config: config, clock: clock, logger: logger)
        scheduler = Scheduler(database: database, schedules: features.schedules, clock: clock, logger: logger)
        site = Site(
            accounts: accounts, renderer: renderer, navigation: NavigationMap.groups,
            hooks: features.siteHooks(clock: clock))
        health = HealthMonitor(client: client, migrator: migrator, clock: clock, queue: queue)
    }

    private static func accountsSettings(_ config: AppConfig) -> AccountsSettings {
        AccountsSettings(
            registration: config.registrationMode == .instant ? .instant : .inviteOnly,
            triesPerMinute: config.limits.authPerMinute, triesPerHour: config.limits.authPerHour,
            publicURL: config.publicURL)
    }
}
