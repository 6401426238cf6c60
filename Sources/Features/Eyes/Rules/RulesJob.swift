import BSON
import Customers
import Foundation
import Jobs
import Tenancy
import Vault

/// Builds the memberships of rules anew: after each run, and when somebody changes one or asks. Killed at any point it
/// starts again; nobody sees a half-built membership.
public struct RulesJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        /// Empty: all of them.
        let rules: [String]
    }

    public static let kind = "eyes.rules"
    public static let stages = ["consent", "building"]

    let rules: EyesRules
    let memberships: Memberships

    public init(rules: EyesRules, memberships: Memberships) {
        self.rules = rules
        self.memberships = memberships
    }

    /// - Returns: the job's id.
    @discardableResult
    static func enqueue(_ ids: [String], _ scope: TenantScope, _ jobs: JobQueue) async throws -> String {
        try await jobs.enqueue(
            RulesJob.self, partition: scope.organizationID, parameters: Parameters(rules: ids),
            startedBy: scope.userID
        ).id
    }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard
            let scope = try await memberships.jobScope(organizationID: context.job.partition, startedBy: nil)
        else { throw JobFailure(key: "eyes.error.organization_gone") }
        let known = try await rules.list(scope)
        let wanted = parameters.rules.isEmpty ? Set(known.map(\.id)) : RuleOrder.withDependents(parameters.rules, known)
        let queue = RuleOrder.sorted(known).filter { wanted.contains($0.id) }
        guard !queue.isEmpty else { return }
        try await context.progress(stage: "consent")
        let reading = try await CustomerStore(scope, rules.service.database).open(
            purpose: .marketingAnalytics, consentAt: rules.service.clock.now())
        let expected = queue.count * reading.customers.count
        var done = 0
        var built = 0
        for rule in queue {
            try await context.confirmLease()
            let build = try await rules.build(scope, rule.id, reading) { count in
                done += count
                try await context.progress(stage: "building", rowsDone: done, expected: expected)
            }
            if build != nil { built += 1 }
        }
        context.setResult(["built": .int(built)])
    }
}
