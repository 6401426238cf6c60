import FaultLab
import Foundation
import Mongo
import Synchronization

/// A process of this program that does an errand of the fault lab until it ends or is ended.
final class LabChild: LabProcess {
    private let process = Process()
    private let gone: AsyncStream<Void>

    /// Starts it; what it says is heard as it comes.
    init(_ errand: LabErrand, hear: @escaping @Sendable (LabErrand.Word) -> Void) throws {
        let (gone, ending) = AsyncStream<Void>.makeStream()
        self.gone = gone
        let (input, output) = (Pipe(), Pipe())
        let lines = Mutex<[UInt8]>([])
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            for line in lines.withLock({ Self.lines(&$0, adding: data) }) {
                if let word = LabErrand.Word(line[...]) { hear(word) }
            }
        }
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["fault-lab-worker"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.terminationHandler = { _ in ending.finish() }
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: try JSONEncoder().encode(errand))
        try input.fileHandleForWriting.close()
    }

    private static func lines(_ rest: inout [UInt8], adding data: Data) -> [String] {
        rest += data
        var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
        rest = parts.popLast() ?? []
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }

    func kill() { if process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGKILL) } }

    func wasKilled() async -> Bool {
        for await _ in gone {}
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
