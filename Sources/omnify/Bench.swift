import App
import ArgumentParser

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures rooms of this program; “make bench” puts the figures beside their baselines.",
        subcommands: [Learning.self])

    struct Learning: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Clustering and regression on a matrix from a file.")

        @Option(name: .long, help: "Rows and columns as 64-bit integers, then 64-bit floats, little-endian.")
        var matrix: String

        @Option(name: .long, help: "Threads to use.")
        var threads = 1

        func run() throws {
            try LearningMeasurement.print(matrix: matrix, threads: threads)
        }
    }
}
