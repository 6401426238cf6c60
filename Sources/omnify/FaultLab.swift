import App
import ArgumentParser

struct FaultLabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault-lab",
        abstract: "Breaks every platform's stand-in in every way and checks that nothing is lost or doubled.",
        discussion: """
            Works on scratch databases of the configured MongoDB, which it removes again. Prints for each platform and \
            fault whether all rows came out right, and the sentence the connection's page shows meanwhile. With --kills \
            it ends real worker processes at random moments instead.
            """)

    @Option(name: .long, help: "Only this platform; can be given several times.")
    var platform: [String] = []

    @Option(name: .long, help: "Only this fault; can be given several times.")
    var fault: [String] = []

    @Option(name: .long, help: "Kills so many worker processes at random moments of first loads and later syncs.")
    var kills: Int?

    @Option(name: .long, help: "Draws the moments of --kills; the same seed draws the same ones.")
    var seed: UInt64 = 1

    func validate() throws {
        if let kills, kills < 1 { throw ValidationError("--kills has to be at least 1.") }
        if kills != nil, !fault.isEmpty { throw ValidationError("--kills is a fault of its own: leave --fault out.") }
    }

    func run() async throws {
        try await withConfiguration { config in
            let isGood =
                if let kills {
                    try await KillLabRun.run(config, kills: kills, seed: seed, platforms: platform)
                } else {
                    try await FaultLabRun.run(config, .init(platforms: platform, faults: fault))
                }
            if !isGood { throw ExitCode(1) }
        }
    }
}

/// A process that the lab starts and kills; of no use to anybody else.
struct FaultLabWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fault-lab-worker", shouldDisplay: false)

    func run() async throws { try await withConfiguration { try await LabChildRun.run($0) } }
}
