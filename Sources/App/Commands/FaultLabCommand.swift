import BSON
import Connectors
import FaultLab
import Foundation
import Mongo
import Platforms
import Vault
import Web

/// Runs every platform's stand-in under every fault on scratch databases, and prints what came of it.
public enum FaultLabRun {
    /// What an operator asked for; empty means all.
    public struct Choice: Sendable {
        public var platforms: [String]
        public var faults: [String]

        public init(platforms: [String] = [], faults: [String] = []) {
            self.platforms = platforms
            self.faults = faults
        }
    }

    /// Databases, and so runs, at the same time.
    private static let atOnce = 4

    /// Returns whether nothing was lost, nothing doubled, and every state told the truth.
    public static func run(_ config: AppConfig, _ choice: Choice) async throws -> Bool {
        let cells = try chosen(choice)
        let words = Localizer(.en, catalogue: try Catalogue.load(directory: config.home + "/Locales"))
        return try await Base.with(config) { base in
            let databases = ScratchDatabases(places: atOnce) { name in
                base.client.database("\(base.config.mongoDatabase)_\(name)")
            }
            do {
                let isGood = try await run(cells, FaultLab(databases), words)
                try await databases.drop()
                return isGood
            } catch {
                try await databases.drop()
                throw error
            }
        }
    }

    private struct Cell: Sendable {
        let platform: String
        let fault: LabFault
    }

    private static func chosen(_ choice: Choice) throws -> [Cell] {
        for name in choice.platforms where !FaultLab.platforms.contains(name) {
            throw StartRefusal("“\(name)” is no platform; known are \(FaultLab.platforms.joined(separator: ", ")).")
        }
        for name in choice.faults where LabFault(rawValue: name) == nil {
            let known = LabFault.allCases.map(\.name).joined(separator: ", ")
            throw StartRefusal("“\(name)” is no fault; known are \(known).")
        }
        return FaultLab.platforms.filter { choice.platforms.isEmpty || choice.platforms.contains($0) }
            .flatMap { platform in
                LabFault.allCases.filter {
                    (choice.faults.isEmpty || choice.faults.contains($0.name)) && FaultLab.applies($0, to: platform)
                }.map { Cell(platform: platform, fault: $0) }
            }
    }

    private static func run(_ cells: [Cell], _ lab: FaultLab, _ words: Localizer) async throws -> Bool {
        let names = Dictionary(uniqueKeysWithValues: Connectors.all.map { ($0.platform, $0.name) })
        var bad = 0
        try await withThrowingTaskGroup(of: FaultOutcome.self) { group in
            var waiting = cells.makeIterator()
            func start() {
                guard let cell = waiting.next() else { return }
                group.addTask { try await lab.run(cell.platform, cell.fault) }
            }
            for _ in 0..<atOnce { start() }
            while let outcome = try await group.next() {
                start()
                if !outcome.problems.isEmpty { bad += 1 }
                tell(outcome, name: names[outcome.platform] ?? outcome.platform, words)
            }
        }
        Terminal.say("")
        let runs = cells.count == 1 ? "1 run" : "\(cells.count) runs"
        Terminal.say("\(runs), \(bad) of them with a difference.")
        return bad == 0
    }

    /// One line with the verdict, one with what the page said meanwhile, one for each difference.
    private static func tell(_ outcome: FaultOutcome, name: String, _ words: Localizer) {
        let verdict = outcome.problems.isEmpty ? "ok " : "BAD"
        let platform = outcome.platform.padding(toLength: 13, withPad: " ", startingAt: 0)
        let fault = outcome.fault.name.padding(toLength: 22, withPad: " ", startingAt: 0)
        let sentence = outcome.seen.first.map {
            ConnectionSentences.of($0, name: name, words: words, now: outcome.seenAt.first ?? Date())
        }
        Terminal.say("\(verdict) \(platform) \(fault) \(sentence ?? "")")
        for problem in outcome.problems { Terminal.say("      \(problem.prefix(600))") }
    }
}
