import App
import ArgumentParser

@main
struct Omnify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "omnify")
    func run() async throws {}
}
