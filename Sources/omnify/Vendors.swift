import App
import ArgumentParser

struct VendorServersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vendor-servers",
        abstract: "Runs stand-ins for all platforms and prints the settings that lead “omnify serve” to them.")

    @Option(name: .long, help: "The first of their ports; the others follow it.")
    var port = 9400

    @Option(name: .long, help: "small: 120 customers over 60 days. large: 900 over 15 months, enough for EYES.")
    var company = "small"

    func run() async throws {
        try await withClearErrors { try await VendorServersRun.run(firstPort: port, company: company) }
    }
}
