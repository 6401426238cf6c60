import Customers
import Foundation
import Jobs
import Mongo
import Tenancy
import Vault

/// Brings figures up to date after the organization has got another currency or time zone.
public struct RecountJob: JobHandler {
    /// What the organization counts in now.
    public struct Parameters: Codable, Sendable {
        public var currency: String
        public var timeZone: String

        public init(currency: String, timeZone: String) {
            self.currency = currency
            self.timeZone = timeZone
        }

        enum CodingKeys: String, CodingKey {
            case currency
            case timeZone = "time_zone"
        }
    }

    public static let kind = "recount"
    public static let stages = ["deriving", "finishing"]

    private let database: MongoDatabase
    private let memberships: Memberships
    private let clock: WallClock
    private let afterwards: @Sendable (TenantScope) async throws -> Void

    /// - Parameter afterwards: called once the figures are right; what it throws is tried again, with the counting.
    public init(
        database: MongoDatabase, memberships: Memberships, clock: WallClock,
        afterwards: @escaping @Sendable (TenantScope) async throws -> Void
    ) {
        self.database = database
        self.memberships = memberships
        self.clock = clock
        self.afterwards = afterwards
    }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard let scope = try await memberships.jobScope(organizationID: context.job.partition, startedBy: nil) else {
            throw TenancyError.notFound
        }
        let state = try await Recount(scope, database, clock: clock).run { done in
            try await context.progress(stage: "deriving", rowsDone: done, expected: nil)
        }
        try await context.progress(stage: "finishing", rowsDone: state?.customers ?? 0, expected: nil)
        if let state, state.orders > 0 { try await afterwards(scope) }
    }
}
