import App
import ArgumentParser

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures rooms of this program; “make bench” puts the figures beside their baselines.",
        subcommands: [Learning.self, Eyes.self])

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

    struct Eyes: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Churn at one score date on a file of orders, with the matrices it saw.")

        @Option(name: .long, help: "customer_id, date, quantity, amount; with a header.")
        var orders: String

        @Option(name: .long, help: "The test cut-off, YYYY-MM-DD.")
        var date: String

        @Option(name: .customLong("out"), help: "Folder for the matrices.")
        var folder: String

        @Option(name: .long, help: "Threads to use.")
        var threads = 1

        func run() throws {
            try EyesMeasurement.print(orders: orders, date: date, folder: folder, threads: threads)
        }
    }
}
