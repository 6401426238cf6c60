import Audit
import Connectors
import Customers
import Foundation
import Jobs
import Logging
import Mongo
import Tenancy
import Vault

/// What every process of a lab makes its manager from: the same keys and the same organization.
struct LabTools: Sendable {
    /// The same in every lab, so that tokens of two labs can be compared.
    static let organizationID = "org_" + String(repeating: "0", count: 26)
    private static let key = Array(repeating: UInt8(7), count: 32)

    let database: MongoDatabase
    let memberships: Memberships
    private let ring: KeyRing
    private let keys: PersonKeys

    init(_ database: MongoDatabase) throws {
        self.database = database
        memberships = Memberships(database: database)
        ring = try KeyRing([("k1", Self.key)])
        keys = PersonKeys(tokenizer: Tokenizer(key: Self.key), sealer: Sealer(ring))
    }

    /// - Parameter settings: the operator's, for this platform
    func service(
        _ connector: any Connector, _ settings: [String: String], _ pauses: Pauses, _ time: ManualTime
    ) -> ConnectionsService {
        let clock = WallClock.manual(time)
        return ConnectionsService(
            database: database, queue: JobQueue(database: database, clock: clock), audit: AuditLog(database: database),
            keys: keys, memberships: memberships, ring: ring, overrides: [connector.platform: settings],
            connectors: [connector], clock: clock, pause: pauses.pause)
    }

    static func worker(_ service: ConnectionsService, in database: MongoDatabase) -> JobRunner {
        var logger = Logger(label: "fault-lab")
        logger.logLevel = .critical
        return JobRunner(
            database: database, handlers: service.jobs, clock: service.clock,
            configuration: JobRunnerConfiguration(concurrency: 1), logger: logger)
    }
}
