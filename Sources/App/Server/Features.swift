import Accounts
import Alerts
import Audit
import BSON
import Connectors
import Customers
import Demo
import Eyes
import Foundation
import Home
import Jobs
import Logging
import Mail
import Memory
import Mongo
import Platforms
import Reconciliation
import SystemStore
import Tenancy
import Vault
import Web

extension TenantPageContext: AuditPageContext {
    public func page(_ page: some Page, status: HTTPResponse.Status) async throws -> Response {
        try await self.page(page, status: status, refresh: nil)
    }
}

/// The features, wired to each other through the hooks they offer, because none of them knows the ones above it.
struct Features: Sendable {
    let customers: CustomersFeature
    let platforms: PlatformsFeature
    let connections: ConnectionsService
    let eyes: EyesService
    let eyesRoutes: EyesRoutes
    let home: HomeController
    let auditRoutes: AuditRoutes
    let demo: DemoSeeder
    let jobs: JobsAPI
    let alerts: AlertsFeature
    let reconciliation: ReconciliationFeature
    /// What happens by the clock.
    let schedules: [Schedule]
    private let handlers: [any JobHandler]
    private let database: MongoDatabase

    struct Foundations {
        let config: AppConfig
        let database: MongoDatabase
        let clock: WallClock
        let memberships: Memberships
        let audit: AuditLog
        let queue: JobQueue
        let accounts: AccountsService
        let keys: PersonKeys
        let ring: KeyRing
        let sealer: Sealer
        let renderer: PageRenderer
    }

    init(_ base: Foundations) {
        let (database, clock, memberships, audit) = (base.database, base.clock, base.memberships, base.audit)
        let memory = EyesMemory()
        let eyes = EyesService(database: database, jobs: base.queue, audit: audit, clock: clock, memory: memory)
        let imports = Imports(
            database: database,
            files: ImportFiles(root: base.config.dataDirectory, maximumSize: base.config.limits.uploadBytes),
            queue: base.queue, audit: audit, keys: base.keys, memberships: memberships, clock: clock,
            hooks: PlatformHooks { scope, _, _ in try await Self.startRun(eyes, scope) })
        self.eyes = eyes
        self.database = database
        let outbox = MailOutbox(
            database: database, queue: base.queue, sealer: base.sealer, smtp: base.config.smtp, clock: clock)
        let alerts = Self.alerts(base, outbox)
        self.alerts = AlertsFeature(alerts)
        var hooks = Self.connectionHooks(eyes, alerts)
        hooks.afterReading = { [queue = base.queue] scope, connection in
            try await ReconciliationService.afterReading(scope, connection, queue: queue, clock: clock)
        }
        let connections = ConnectionsService(
            database: database, queue: base.queue, audit: audit, keys: base.keys, memberships: memberships,
            ring: base.ring, overrides: base.config.platforms, clock: clock,
            hooks: hooks, site: Self.webhookSite(base))
        self.connections = connections
        let outside = EyesOutside(base, eyes, connections)
        eyesRoutes = EyesRoutes(
            service: eyes, renderer: base.renderer, campaigns: outside.campaigns, webhooks: outside.webhooks,
            reviews: Self.reviews(base, eyes, alerts))
        let reconciliation = ReconciliationService(connections: connections, hooks: Self.reconciliationHooks(alerts))
        self.reconciliation = ReconciliationFeature(reconciliation)
        schedules = [
            Self.connectionsDue(connections), Self.webhooksDue(connections),
            Self.reconciliationDaily(reconciliation), outbox.schedule(),
        ]
        platforms = PlatformsFeature(
            imports: imports, connections: connections, publicURL: base.config.publicURL)
        customers = CustomersFeature(
            database: database, keys: base.keys, audit: audit, hooks: Self.customerHooks(eyes), clock: clock)
        home = HomeController(database: database, clock: clock, hooks: Self.homeHooks(eyes, imports))
        auditRoutes = AuditRoutes(log: audit, memberships: memberships)
        jobs = JobsAPI(queue: base.queue)
        demo = DemoSeeder(
            database: database, accounts: base.accounts, imports: imports, queue: base.queue, audit: audit,
            keys: base.keys, clock: clock,
            hooks: DemoHooks(
                afterLoad: { scope, _ in try await Self.startRun(eyes, scope) },
                erase: { organizationID in
                    try await outbox.removeAll(partition: organizationID)
                    return try await SystemStore(
                        database, memberships: memberships, reason: "The demo organization is removed.",
                        by: .command("demo"), clock: clock
                    ).erase(organizationID: organizationID, in: DeclaredSchema.collections)
                }))
        handlers =
            [
                ImportJob(imports), UndoImportJob(imports), UndoIngestJob(imports),
                RecountJob(database: database, memberships: memberships, clock: clock) { scope in
                    try await Self.startRunOnceFree(eyes, scope)
                },
                EyesJob(database: database, memberships: memberships, audit: audit, clock: clock, memory: memory),
                InsightsJob(
                    database: database, memberships: memberships, clock: clock,
                    afterwards: EyesAftermath(
                        campaigns: outside.campaigns, webhooks: outside.webhooks
                    ).callAsFunction),
                RulesJob(rules: EyesRules(service: eyes), memberships: memberships),
                EyesRepeatJob(service: eyes, memberships: memberships),
                WebhookOutJob(outside.webhooks, memberships: memberships),
                DeliverMailJob(outbox),
            ] + connections.jobs + reconciliation.jobs
    }

    var pages: [RouteTable<TenantPageContext>] {
        [
            home.pages, customers.pages, platforms.pages, platforms.connectionPages, platforms.privacyPages,
            platforms.actionPages, platforms.healthPages, reconciliation.pages, eyesRoutes.pages,
            auditRoutes.pages(), alerts.pages,
            DemoPages(demo).tenant,
        ]
    }

    var api: [APITable<APIContext>] {
        [
            customers.api, platforms.api, platforms.privacyAPI, platforms.healthAPI, reconciliation.api,
            eyesRoutes.api, eyesRoutes.webhookAPI, auditRoutes.api(), jobs.table, alerts.api,
        ]
    }

    /// The founding paths without a prefix.
    var apiAliases: [APITable<APIContext>] { [platforms.aliases, eyesRoutes.alias] }

    func runner(config: AppConfig, clock: WallClock, logger: Logger) -> JobRunner {
        JobRunner(
            database: database, handlers: handlers, clock: clock,
            configuration: JobRunnerConfiguration(
                concurrency: config.workers,
                ownPlaces: [SyncJob.kind: config.syncs, WebhookJob.kind: 2, DeliverMailJob.kind: 1]),
            logger: logger)
    }
}

extension Features {
    /// A run after new data; one that is under way, or the same again, is no error.
    static func startRun(_ eyes: EyesService, _ scope: TenantScope) async throws {
        do { _ = try await eyes.start(scope, requestID: nil) } catch EyesError.alreadyRunning {}
    }

    /// The run that is under way counts in what was; the job that asked tries again.
    private static func startRunOnceFree(_ eyes: EyesService, _ scope: TenantScope) async throws {
        do {
            _ = try await eyes.start(scope, requestID: nil)
        } catch EyesError.alreadyRunning {
            throw JobFailure(key: "connections.cause.busy", isPermanent: false)
        }
    }

    static func accountsHooks(_ queue: JobQueue) -> AccountsHooks {
        AccountsHooks { organization in
            try await queue.enqueue(
                RecountJob.self, partition: organization.id,
                parameters: .init(currency: organization.currency, timeZone: organization.timeZone), maxAttempts: 20)
        }
    }

    private static func customerHooks(_ eyes: EyesService) -> CustomerHooks {
        CustomerHooks(
            segments: { scope, words in
                try await eyes.segmentOptions(scope, words).map {
                    SegmentOption(id: $0.id, label: $0.label, size: $0.size)
                }
            },
            members: { scope, segment, after, limit in
                try await eyes.segmentMembers(scope, segmentID: segment, after: after, limit: limit)
            },
            scores: { scope, customerID, words in
                try await eyes.customerSection(scope, customerID: customerID, words).map {
                    CustomerScoreSection(title: $0.title, summary: $0.summary, html: $0.html)
                }
            },
            platformName: { platform in Connectors.all.first { $0.platform == platform }?.name ?? platform })
    }

    private static func homeHooks(_ eyes: EyesService, _ imports: Imports) -> HomeHooks {
        let running = LoadingCache<String, String?>(capacity: 2_000, lifetime: .seconds(1))
        return HomeHooks(
            analysis: { scope, words in try await analysis(eyes, scope, words) },
            runningImport: { scope in
                try await running.value(for: scope.organizationID) {
                    try await imports.queue.active(partition: scope.organizationID, kind: ImportJob.kind)
                        .flatMap { $0.parameters["import_id"]?.stringValue }
                }
            })
    }

    private static func analysis(
        _ eyes: EyesService, _ scope: TenantScope, _ words: Localizer
    ) async throws -> HomeAnalysis {
        switch try await eyes.summary(scope).state {
        case .neverRan: .neverRan
        case .running(let jobID): .running(jobID: jobID)
        case .failed(let jobID): .failed(runID: jobID)
        case .notEnoughData: .notEnoughData
        case .published(let run):
            .published(
                HomeRisk(
                    horizonDays: run.horizon.days, highRiskCustomers: run.highRiskCustomers,
                    valueAtRiskMinor: run.valueAtRiskMinor, gateWords: words.t(run.gateKey),
                    isActionable: run.isActionable, asOf: run.asOf, finishedAt: run.finishedAt,
                    method: words.t(run.methodKey)))
        }
    }

    /// The data pop-over of every page: sources and how fresh they are.
    func siteHooks(clock: WallClock) -> SiteHooks {
        let database = database
        let connections = connections
        let reconciliation = reconciliation.service
        let remembered = LoadingCache<String, [ConnectionDetail]>(capacity: 2_000, lifetime: .seconds(3))
        let differing = LoadingCache<String, Set<String>>(capacity: 2_000, lifetime: .seconds(30))
        return SiteHooks(
            dataState: { scope, words in
                let state = try await CustomerFigures(scope, database).dataState()
                let details = try await remembered.value(for: scope.organizationID) {
                    try await connections.list(scope)
                }
                let off = try await differing.value(for: scope.organizationID) {
                    try await reconciliation.offConnections(scope)
                }
                return DataPopover(
                    state: state, connections: details, differing: off, scope: scope, now: clock.now()
                ).shell(words)
            },
            search: ("/customers", .customerView),
            demoRemoval: { scope, words in DemoPages.removalLink(scope, words) },
            alert: { [alerts] scope, words in try await alerts.notice(scope, words) })
    }
}
