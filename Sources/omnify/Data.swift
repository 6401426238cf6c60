import App
import ArgumentParser

struct Seed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes data to look at.", subcommands: [Demo.self])

    struct Demo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes the demo organization.")

        @Flag(name: .long, help: "Do nothing where there is one.")
        var ifMissing = false

        @Option(name: .long, help: "The seed of its generator.")
        var seed: UInt64 = 42

        func run() async throws {
            try await withConfiguration { try await DemoCommand.seed($0, seed: seed, onlyIfMissing: ifMissing) }
        }
    }
}

struct Unseed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Removes made data.", subcommands: [Demo.self])

    struct Demo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Removes the demo organization with all it holds.")

        func run() async throws {
            try await withConfiguration { try await DemoCommand.remove($0) }
        }
    }
}

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Checks and exports audit logs.", subcommands: [Verify.self, Export.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks the hash chain of one organization, of all, or of an exported file without a database.")

        @Option(name: .long, help: "An exported file.")
        var file: String?

        @Option(name: .long, help: "The organization's name in URLs; all where none is given.")
        var org: String?

        func run() async throws {
            let whole: Bool
            if let file {
                whole = try AuditReport.verify(file: file)
            } else {
                whole = try await withConfiguration { try await AuditReport.verify($0, slug: org) }
            }
            if !whole { throw ExitCode(1) }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints an organization's log as JSON lines with its chain.")

        @Option(name: .long, help: "The organization's name in URLs.")
        var org: String

        func run() async throws {
            try await withConfiguration { try await AuditReport.export($0, slug: org) }
        }
    }
}

struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes secrets.", subcommands: [Generate.self])

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints a new master key for OMNIFY_MASTER_KEYS.")

        @Option(name: .long, help: "Its id.")
        var id = "k1"

        func run() {
            print(KeyGenerator.masterKey(id: id))
        }
    }
}
