import App
import ArgumentParser

struct EyesTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eyes", abstract: "Repeats analyses outside the service.", subcommands: [Run.self, Snapshot.self])

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs from a snapshot and prints the run's id and the hash of its document.")

        @Option(name: .customLong("from"), help: "A file of “omnify eyes snapshot”.")
        var source: String

        @Option(name: .long, help: "Threads to use; the document is the same on any number.")
        var threads = 1

        @Option(name: .customLong("out"), help: "Where the run's document goes, as concatenated BSON.")
        var output: String?

        func run() throws {
            try EyesCommand.run(from: source, threads: threads, to: output)
        }
    }

    struct Snapshot: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes everything that an organization's next run would work on.")

        @Option(name: .long, help: "The organization's name in URLs.")
        var org: String

        @Option(name: .customLong("out"), help: "The file to write.")
        var output: String

        func run() async throws {
            try await withConfiguration { try await EyesCommand.snapshot($0, slug: org, to: output) }
        }
    }
}
