import FaultLab
import Foundation
import Mongo

/// A process of this program that does an errand of the fault lab until it ends or is ended.
final class LabChild: LabProcess {
    private let process = Process()
    private let ended: AsyncStream<Void>
    private let heard: AsyncStream<Void>

    /// Starts it; what it says is heard as it comes.
    init(_ errand: LabErrand, hear: @escaping @Sendable (LabErrand.Word) -> Void) throws {
        let (ended, ending) = AsyncStream<Void>.makeStream()
        let (heard, hearing) = AsyncStream<Void>.makeStream()
        self.ended = ended
        self.heard = heard
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["fault-lab-worker"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.terminationHandler = { _ in ending.finish() }
        try process.run()
        // A thread of its own that owns the pipe's end: a `readabilityHandler` would let go of it while the poll still
        // watches its descriptor, which the next child's pipe is then given, and the program crashes.
        let pipe = output.fileHandleForReading
        Thread.detachNewThread {
            Self.listen(to: pipe, hear)
            hearing.finish()
        }
        try input.fileHandleForWriting.write(contentsOf: try JSONEncoder().encode(errand))
        try input.fileHandleForWriting.close()
    }

    /// Until the other end is closed.
    private static func listen(to pipe: FileHandle, _ hear: (LabErrand.Word) -> Void) {
        var rest: [UInt8] = []
        while case let data = pipe.availableData, !data.isEmpty {
            for line in lines(&rest, adding: data) {
                if let word = LabErrand.Word(line[...]) { hear(word) }
            }
        }
    }

    private static func lines(_ rest: inout [UInt8], adding data: Data) -> [String] {
        rest += data
        var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
        rest = parts.popLast() ?? []
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }

    func kill() { if process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGKILL) } }

    /// Nothing that it said comes after this.
    func wasKilled() async -> Bool {
        for await _ in ended {}
        for await _ in heard {}
        return process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL
    }
}

/// The other side: does the errand that comes in on standard input.
public enum LabChildRun {
    public static func run(_ config: AppConfig) async throws {
        let errand = try JSONDecoder().decode(LabErrand.self, from: FileHandle.standardInput.readDataToEndOfFile())
        try await Base.with(config) { base in
            try await errand.work(in: base.client.database(errand.database)) { Terminal.say($0.line) }
        }
    }
}
