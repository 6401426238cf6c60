import App
import ArgumentParser

struct FaultLabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault-lab",
        abstract: "Breaks every platform's stand-in in every way and checks that nothing is lost or doubled.",
        discussion: """
            Works on scratch databases of the configured MongoDB, which it removes again. Prints for each platform and \
            fault whether all rows came out right, and the sentence the connection's page shows meanwhile.
            """)

    @Option(name: .long, help: "Only this platform; can be given several times.")
    var platform: [String] = []

    @Option(name: .long, help: "Only this fault; can be given several times.")
    var fault: [String] = []

    func run() async throws {
        try await withConfiguration { config in
            let isGood = try await FaultLabRun.run(config, .init(platforms: platform, faults: fault))
            if !isGood { throw ExitCode(1) }
        }
    }
}
