import App
import ArgumentParser

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings the database's schema forward or back.",
        subcommands: [Up.self, Down.self, Status.self, Plan.self, Draft.self, Repair.self]
    )

    struct Up: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Applies all pending migrations.")

        func run() async throws {
            try await withConfiguration { try await MigrateCommand.up($0) }
        }
    }

    struct Down: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes back the newest applied migrations.")

        @Argument(help: "How many.")
        var count = 1

        func run() async throws {
            try await withConfiguration { try await MigrateCommand.down($0, count: count) }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all migrations with their states.")

        func run() async throws {
            try await withConfiguration { try await MigrateCommand.status($0) }
        }
    }

    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists what “up” would do.")

        func run() async throws {
            try await withConfiguration { try await MigrateCommand.plan($0) }
        }
    }

    struct Draft: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes a migration that leads from the files to what the code declares.")

        @Argument(help: "A name, for example “orders by product”.")
        var name: String

        @Option(name: .long, help: "The folder of migrations.")
        var folder = "migrations"

        func run() throws {
            try MigrateCommand.draft(name: name, folder: folder)
        }
    }

    struct Repair: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes indexes that somebody dropped or changed by hand anew.")

        func run() async throws {
            try await withConfiguration { try await MigrateCommand.repair($0) }
        }
    }
}

struct Database: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prepares a database server.", subcommands: [Init.self])

    struct Init: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init", abstract: "Makes a lone mongod a replica set of one; does nothing where it is one.")

        @Option(name: .long, help: "The server, with directConnection=true.")
        var url: String

        @Option(name: .long, help: "The host and port under which it will be known.")
        var host: String

        func run() async throws {
            try await withClearErrors { try await ReplicaSet.initiate(url: url, host: host) }
        }
    }
}
