import Foundation
import Jobs
import Logging
import Mongo
import ServiceLifecycle
import Telemetry
import Tenancy
import UnixSignals
import Vault
import Web

/// Runs the service until it is told to stop, then lets requests and jobs finish.
public enum ServeCommand {
    public static func run(_ config: AppConfig) async throws {
        Telemetry.bootstrap(level: config.logLevel, secrets: secrets(config), version: BuildInfo.version)
        try refuse(PortCheck(host: config.host, port: config.port).obstacle())
        try refuse(DataFolder(path: config.dataDirectory).obstacle())
        let base = try Base(config)
        try await prepare(base)
        let vendors = config.runsVendorServers ? try await VendorBench.start(company: config.vendorCompany) : nil
        let dependencies = try await Dependencies(base.with(platforms: vendors?.settings ?? [:]))
        vendors?.tell()
        let server = Self.server(dependencies) { port in
            Terminal.say("OmniFy Cloud Connect is ready at \(config.publicURL) (port \(port)).")
            if (try? await dependencies.memberships.demoOrganization()) != nil {
                Terminal.say(
                    "Demo: open \(config.publicURL) and press “Look around in the demo”; no password is needed.")
            }
        }
        var services: [any Service] = [dependencies.client, server]
        if config.runsWorker { services += [dependencies.runner, dependencies.scheduler] }
        if let vendors { services.append(vendors) }
        try await group(services, logger: dependencies.logger).run()
    }

    static func server(_ dependencies: Dependencies, onRunning: @escaping @Sendable (Int) async -> Void) -> some Service
    {
        WebServer.application(
            Routers(dependencies).build(),
            WebServerConfiguration(host: dependencies.config.host, port: dependencies.config.port),
            logger: dependencies.logger, onRunning: onRunning)
    }

    /// Refuses to start where something is in the way that a person has to move.
    static func refuse(_ obstacle: (words: String, remedy: String)?) throws {
        guard let obstacle else { return }
        throw StartRefusal(obstacle.words.prefix(1).uppercased() + obstacle.words.dropFirst() + ". " + obstacle.remedy)
    }

    /// Refuses to start on a database that is behind, unless it is to be brought forward.
    static func prepare(_ base: Base) async throws {
        let pending = try await base.migrator.pendingCount()
        guard pending > 0 else { return }
        guard base.config.migrateOnStart else {
            throw StartRefusal("\(pending) migrations are not applied: run “omnify migrate up” first.")
        }
        try await base.migrator.up()
    }

    static func group(_ services: [any Service], logger: Logger) -> ServiceGroup {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        return ServiceGroup(configuration: configuration)
    }

    static func secrets(_ config: AppConfig) -> [String] {
        [config.masterKeys.reveal(), config.metricsToken?.reveal() ?? ""].filter { !$0.isEmpty }
    }
}

/// Only works off jobs.
public enum WorkerCommand {
    public static func run(_ config: AppConfig) async throws {
        Telemetry.bootstrap(
            level: config.logLevel, secrets: ServeCommand.secrets(config), version: BuildInfo.version)
        try ServeCommand.refuse(DataFolder(path: config.dataDirectory).obstacle())
        let base = try Base(config)
        try await ServeCommand.prepare(base)
        let dependencies = try await Dependencies(base)
        Terminal.say("Working off jobs. Stop with Ctrl-C.")
        try await ServeCommand.group(
            [dependencies.client, dependencies.runner, dependencies.scheduler], logger: dependencies.logger
        ).run()
    }
}

/// Why the service does not start, in a sentence.
struct StartRefusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
