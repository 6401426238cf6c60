import Demo
import Tenancy

/// Makes and removes the demo organization from the command line.
public enum DemoCommand {
    public static func seed(_ config: AppConfig, seed: UInt64, onlyIfMissing: Bool) async throws {
        try await Base.with(config) { base in
            let dependencies = try await Dependencies(base)
            let seeded = try await dependencies.features.demo.seed(seed: seed)
            if seeded.isNew {
                print("Made “\(seeded.organization.name)”: \(seeded.customers) customers, \(seeded.orders) orders.")
            } else if !onlyIfMissing {
                print("There is a demo organization already: “\(seeded.organization.name)”.")
            }
        }
    }

    public static func remove(_ config: AppConfig) async throws {
        try await Base.with(config) { base in
            let removed = try await Dependencies(base).features.demo.remove()
            let rows = removed.values.reduce(0, +)
            print(rows == 0 ? "There is no demo organization." : "Removed the demo organization: \(rows) rows.")
        }
    }
}
