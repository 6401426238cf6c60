import Logging
import Mongo
import Vault

/// What every command with a database stands on; shorter-lived than the service's dependencies.
struct Base {
    private(set) var config: AppConfig
    let logger: Logger
    let clock: WallClock
    let client: MongoClient
    let database: MongoDatabase
    let migrator: Migrator

    init(_ config: AppConfig, clock: WallClock = .system) throws {
        self.config = config
        self.clock = clock
        var logger = Logger(label: "omnify")
        logger.logLevel = config.logLevel
        self.logger = logger
        client = try MongoClient(
            MongoConfiguration(url: config.mongoURL, threads: config.mongoThreads), logger: logger)
        database = client.database(config.mongoDatabase)
        migrator = try Migrator(
            database: database, folder: config.home + "/migrations", clock: clock, logger: logger,
            codeVersion: BuildInfo.version)
    }

    /// The same with further settings of platforms.
    func with(platforms: [String: [String: String]]) -> Base {
        var copy = self
        copy.config.platforms.merge(platforms) { own, more in own.merging(more) { own, _ in own } }
        return copy
    }

    /// Connects, works, and closes what was opened whatever happens.
    static func with<R>(_ config: AppConfig, _ body: (Base) async throws -> R) async throws -> R {
        let base = try Base(config)
        do {
            let result = try await body(base)
            await base.client.shutdown()
            return result
        } catch {
            await base.client.shutdown()
            throw error
        }
    }
}
