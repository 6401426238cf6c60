import Foundation
import ServiceLifecycle
import Tenancy
import Vault
import VendorServers

/// Stand-ins for all platforms on loopback ports: every connector reads in the browser with no account anywhere.
final class VendorBench: Service {
    private let hosts: [VendorHost]
    private let serving: [Task<Void, any Error>]

    private init(_ hosts: [VendorHost], _ serving: [Task<Void, any Error>]) {
        self.hosts = hosts
        self.serving = serving
    }

    /// Starts them all and returns once every port is known.
    /// - Parameter firstPort: they listen on the ports from here on; any free ones for 0
    static func start(firstPort: Int = 0, company: VendorCompany = .small) async throws -> VendorBench {
        let now = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded())
        let world = VendorWorld(SeededCompany(size: company == .large ? .large : .init(), now: now))
        let hosts = VendorServers.make(world).map { VendorHost($0, world) }
        let (ready, signal) = AsyncStream<Void>.makeStream()
        let serving = hosts.enumerated().map { index, host in
            Task {
                do {
                    try await host.run(port: firstPort == 0 ? 0 : firstPort + index) { _ in signal.yield() }
                } catch {
                    signal.finish()
                    throw error
                }
            }
        }
        var count = 0
        for await _ in ready {
            count += 1
            if count == hosts.count { break }
        }
        guard count == hosts.count else {
            for task in serving { task.cancel() }
            throw StartRefusal("The stand-ins for platforms could not start: are their ports free?")
        }
        return VendorBench(hosts, serving)
    }

    /// The operator's settings that lead every connector here.
    var settings: [String: [String: String]] {
        Dictionary(uniqueKeysWithValues: hosts.map { ($0.platform, Self.settings($0)) })
    }

    /// Nobody need ask the company for days before its first.
    private static func settings(_ host: VendorHost) -> [String: String] {
        host.settings.merging(["history_days": String(host.world.company.size.days + 2)]) { own, _ in own }
    }

    /// Says where they are and what opens them.
    func tell() {
        Terminal.say("Stand-ins for \(hosts.count) platforms are running. What to fill in when connecting:")
        for line in openings { Terminal.say("  " + line) }
    }

    /// Where each one is and what to fill in when connecting it.
    var openings: [String] {
        hosts.map { host in
            let fields = host.server.fields.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            return "\(host.platform) at \(host.base): \(fields.joined(separator: ", "))"
        }
    }

    /// The operator's settings as lines for a shell.
    var exports: [String] {
        hosts.flatMap { host in
            Self.settings(host).sorted { $0.key < $1.key }.map { name, value in
                "export \(PlatformConfiguration.variable(host.platform, name))='\(value)'"
            }
        }
    }

    func run() async throws {
        try await gracefulShutdown()
        for task in serving { task.cancel() }
    }
}
