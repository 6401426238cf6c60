import FaultLab
import Foundation
import Mongo

/// Ends real worker processes at random moments of the platforms' first loads and later syncs, and compares what is
/// stored in the end with what a calm run stores.
public enum KillLabRun {
    /// Kills of one platform before the next one's turn.
    private static let perRound = 8

    /// Returns whether nothing was lost and nothing doubled.
    public static func run(_ config: AppConfig, kills: Int, seed: UInt64, platforms: [String]) async throws -> Bool {
        for name in platforms where !FaultLab.platforms.contains(name) {
            throw StartRefusal("“\(name)” is no platform; known are \(FaultLab.platforms.joined(separator: ", ")).")
        }
        let chosen = FaultLab.platforms.filter { platforms.isEmpty || platforms.contains($0) }
        return try await Base.with(config) { base in
            let databases = ScratchDatabases(places: 1) { name in
                base.client.database("\(base.config.mongoDatabase)_\(name)")
            }
            do {
                let isGood = try await run(kills, seed, chosen, FaultLab(databases))
                try await databases.drop()
                return isGood
            } catch {
                try await databases.drop()
                throw error
            }
        }
    }

    private static func run(_ kills: Int, _ seed: UInt64, _ platforms: [String], _ lab: FaultLab) async throws -> Bool {
        var (struck, bad, round) = (0, 0, 0)
        // A process may come to its end before its moment; then others are ended instead.
        while struck < kills, round < 10 * max(kills, 1) {
            let platform = platforms[round % platforms.count]
            let outcome = try await lab.kill(
                platform, kills: min(perRound, kills - struck), seed: seed, round: round
            ) { errand, hear in try LabChild(errand, hear: hear) }
            round += 1
            struck += outcome.kills
            if !outcome.problems.isEmpty { bad += 1 }
            tell(outcome)
        }
        Terminal.say("")
        let runs = round == 1 ? "1 run" : "\(round) runs"
        Terminal.say("\(struck) processes killed (seed \(seed)) in \(runs), \(bad) of them with a difference.")
        return bad == 0 && struck == kills
    }

    private static func tell(_ outcome: KillOutcome) {
        let verdict = outcome.problems.isEmpty ? "ok " : "BAD"
        let platform = outcome.platform.padding(toLength: 13, withPad: " ", startingAt: 0)
        let places = outcome.places.map { "call \($0.calls) + \($0.milliseconds) ms" }.joined(separator: ", ")
        Terminal.say("\(verdict) \(platform) \(outcome.kills) killed: \(places)")
        for problem in outcome.problems { Terminal.say("      \(problem.prefix(600))") }
    }
}
