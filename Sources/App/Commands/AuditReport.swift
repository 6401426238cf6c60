import Audit
import Foundation
import SystemStore
import Tenancy

/// Checks and exports audit logs from the command line.
public enum AuditReport {
    /// - Returns: false where a log is not whole.
    public static func verify(file path: String) throws -> Bool {
        report(try AuditFile.verify(path: path), name: path)
    }

    /// - Parameter slug: one organization; all where nil.
    public static func verify(_ config: AppConfig, slug: String?) async throws -> Bool {
        try await Base.with(config) { base in
            let dependencies = try await Dependencies(base)
            var isWhole = true
            for (organization, scope) in try await scopes(dependencies, slug: slug) {
                isWhole = report(try await dependencies.audit.verify(scope), name: organization.slug) && isWhole
            }
            return isWhole
        }
    }

    /// Prints the log as JSON lines that `omnify audit verify --file` can check without a database.
    public static func export(_ config: AppConfig, slug: String) async throws {
        try await Base.with(config) { base in
            let dependencies = try await Dependencies(base)
            for (_, scope) in try await scopes(dependencies, slug: slug) {
                for try await line in try await dependencies.audit.export(scope) {
                    FileHandle.standardOutput.write(Data(line))
                }
            }
        }
    }

    private static func scopes(
        _ dependencies: Dependencies, slug: String?
    ) async throws -> [(Organization, TenantScope)] {
        let system = SystemStore(
            dependencies.database, memberships: dependencies.memberships,
            reason: "The audit log is checked from the command line.", by: .command("audit"))
        var found: [(Organization, TenantScope)] = []
        for organization in try await system.organizations() where slug == nil || organization.slug == slug {
            if let scope = try await system.scope(organizationID: organization.id) {
                found.append((organization, scope))
            }
        }
        if let slug, found.isEmpty { throw StartRefusal("There is no organization “\(slug)”.") }
        return found
    }

    private static func report(_ verdict: AuditVerdict, name: String) -> Bool {
        guard let broken = verdict.broken else {
            print("\(name): whole, \(verdict.rowsChecked) rows")
            return true
        }
        print("\(name): BROKEN at entry \(broken.seq): \(broken.kind.rawValue)")
        return false
    }
}
