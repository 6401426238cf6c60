import App
import ArgumentParser

/// One binary for everything: serving, working, migrating, checking.
@main
struct Omnify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "omnify",
        abstract: "OmniFy Cloud Connect: marketing intelligence with nothing invented.",
        version: BuildInfo.version,
        subcommands: [
            Serve.self, Worker.self, Migrate.self, Seed.self, Unseed.self, DoctorCommand.self, Database.self,
            AuditCommand.self, Keys.self, VendorServersCommand.self, FaultLabCommand.self, FaultLabWorkerCommand.self,
            EyesTool.self, OpenAPICommand.self, Routes.self, Config.self, Version.self, Bench.self,
        ]
    )
}

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serves pages and API, and works off jobs.")

    @Flag(name: .long, help: "Serve only; jobs are left to “omnify worker”.")
    var noWorker = false

    func run() async throws {
        try await withConfiguration { config in
            var config = config
            if noWorker { config.runsWorker = false }
            try await ServeCommand.run(config)
        }
    }
}

struct Worker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Works off jobs and schedules, without serving.")

    @Option(name: .long, help: "Jobs at the same time.")
    var concurrency: Int?

    func run() async throws {
        try await withConfiguration { config in
            var config = config
            if let concurrency { config.workers = concurrency }
            try await WorkerCommand.run(config)
        }
    }
}

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Checks configuration, database, schema, clock and disk, and says how to mend."
    )

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() async throws {
        try await withConfiguration { config in
            let healthy = try await DoctorReport.print(config, asJSON: json)
            if !healthy { throw ExitCode(1) }
        }
    }
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints the version.")

    func run() {
        print("omnify \(BuildInfo.version)")
    }
}
