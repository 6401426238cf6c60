import Foundation
import Logging

/// What `omnify migrate …` does.
public enum MigrateCommand {
    public static func up(_ config: AppConfig) async throws {
        try await Base.with(config) { base in
            let applied = try await base.migrator.up()
            print(
                applied.isEmpty
                    ? "Nothing to do: all migrations are applied." : "Applied: \(applied.joined(separator: ", "))")
        }
    }

    public static func down(_ config: AppConfig, count: Int) async throws {
        try await Base.with(config) { base in
            let names = try await base.migrator.down(count)
            print(names.isEmpty ? "Nothing to take back." : "Took back: \(names.joined(separator: ", "))")
        }
    }

    public static func status(_ config: AppConfig) async throws {
        try await Base.with(config) { base in
            for status in try await base.migrator.status() {
                let when = status.appliedAt.map { " " + $0.formatted(.iso8601) } ?? ""
                print("\(status.version)  \(status.state.rawValue)\(when)  \(status.name)")
                if let error = status.error { print("   failed: \(error)") }
            }
        }
    }

    public static func plan(_ config: AppConfig) async throws {
        try await Base.with(config) { base in
            let lines = try await base.migrator.status().flatMap(\.plan)
            print(lines.isEmpty ? "Nothing to do." : lines.joined(separator: "\n"))
        }
    }

    /// Makes what is missing or different on the server as the code declares it.
    public static func repair(_ config: AppConfig) async throws {
        try await Base.with(config) { base in
            let mended = try await DeclaredSchema.repair(in: base.database)
            print(mended.isEmpty ? "Nothing to mend." : "Mended: \(mended.joined(separator: "; "))")
        }
    }

    /// Writes a file with the steps from what the files build to what the code declares.
    public static func draft(name: String, folder: String) throws {
        let existing = try Migration.load(folder: folder)
        let present = SchemaState(replaying: existing)
        let declared = SchemaState(declared: DeclaredSchema.collections)
        let up = present.steps(to: declared)
        guard !up.isEmpty else { return print("Nothing to write: the files already build what the code declares.") }
        let down = declared.steps(to: present)
        let slug = name.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" }
        let path = folder + "/" + String(format: "%04d-", existing.count + 1) + String(slug) + ".json"
        try Migration.fileText(name: name, up: up, down: down).write(toFile: path, atomically: true, encoding: .utf8)
        print("Wrote \(path) with \(up.count) steps. Read it before you commit it.")
    }
}
