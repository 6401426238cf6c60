import Foundation
import Learning
import Testing

@testable import Eyes

@Suite("Pipeline")
struct PipelineTests {
    private static let snapshot = Shop.generated(1_200, days: 620, seed: 21)

    private static func run(threads: Int = 2, _ snapshot: Snapshot = PipelineTests.snapshot) throws -> EyesResult {
        try EyesPipeline(
            snapshot: snapshot, asOf: 10_001, config: .standard, runID: "eyr_test", threads: threads
        ).run()
    }

    @Test("parts and adjustment add up to the score, and the horizons are in order")
    func scores() throws {
        let result = try Self.run()
        #expect(result.scores.count == result.population.active)
        for row in result.scores {
            var last = 1.0
            for score in row.scores.compactMap({ $0 }) {
                guard let probability = score.probability else { continue }
                let sum = score.parts.reduce(score.base, +) + score.adjustment
                #expect(abs(sum - log(probability / (1 - probability))) < 1e-9)
                #expect(probability > 0 && probability < 1)
                #expect(probability <= last + 1e-12)
                last = probability
            }
        }
        for (index, report) in result.horizons.enumerated() where report.serving != nil {
            let probabilities = result.scores.compactMap { $0.scores[index]?.probability }
            let sum = probabilities.reduce(0, +)
            #expect(abs((report.expectedLeavers ?? 0) - sum) < 1e-6)
            #expect(abs((report.meanRisk ?? 0) * Double(probabilities.count) - sum) < 1e-6)
            #expect(report.counts.total == result.scores.count)
            #expect(Set(result.scores.compactMap { $0.scores[index]?.place }).count == result.scores.count)
        }
    }

    @Test("one thread and two threads give the same result")
    func threads() throws {
        let one = try Self.run(threads: 1)
        let two = try Self.run(threads: 2)
        #expect(one.clusters == two.clusters)
        #expect(one.segments == two.segments)
        #expect(one.members == two.members)
        #expect(one.horizons == two.horizons)
        #expect(one.scores == two.scores)
        #expect(one.tests == two.tests)
        #expect(one.projection == two.projection)
    }

    @Test("other customer ids, in another order, give the same result")
    func ids() throws {
        let known = Self.snapshot
        var builder = SnapshotBuilder(
            customers: known.customers.indices.map { "z\(Shop.name(known.customers.count - $0))" }, minorPerUnit: 100)
        for index in known.customers.indices {
            for order in known.orders(of: index) { builder.add(order, customer: Int32(index)) }
        }
        let renamed = builder.finish()
        #expect(renamed.customers != known.customers && renamed.orders == known.orders)
        let (one, other) = (try Self.run(known), try Self.run(renamed))
        #expect(one.clusters == other.clusters)
        #expect(one.members == other.members)
        #expect(one.horizons == other.horizons)
        #expect(one.scores == other.scores)
        #expect(one.projection == other.projection)
        #expect(try figures(one.segments, known) == figures(other.segments, renamed))
    }

    /// Segments as text, with the places of their sample customers in place of the ids.
    private func figures(_ segments: [Segment], _ snapshot: Snapshot) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let places = segments.flatMap(\.sampleCustomerIDs).map { ($0, snapshot.customers.firstIndex(of: $0) ?? -1) }
        return places.reduce(String(decoding: try encoder.encode(segments), as: UTF8.self)) { text, place in
            text.replacingOccurrences(of: "\"\(place.0)\"", with: String(place.1))
        }
    }

    @Test("sizes and counts account for every used customer")
    func everybody() throws {
        let result = try Self.run()
        let population = result.population
        #expect(result.segments.reduce(0) { $0 + $1.size } == population.buyers)
        #expect(population.buyers + population.gone + population.noActivity == population.used)
        #expect(result.members.count == population.buyers)
    }

    @Test("nobody, one customer, no orders: words, no crash, no NaN")
    func tiny() throws {
        for snapshot in [Shop.snapshot([]), Shop.snapshot([[]]), Shop.snapshot([[(day: 9_999, amount: 5)]])] {
            let result = try Self.run(snapshot)
            #expect(result.clusters.state == .notEnoughData)
            #expect(result.horizons.allSatisfy { $0.state == .notEnoughData && !$0.needs.allSatisfy(\.isMet) })
            #expect(result.segments.isEmpty)
            #expect(result.scores.allSatisfy { $0.scores.allSatisfy { $0 == nil } })
        }
    }

    @Test("identical customers: tiers, rule or no data, and finite figures")
    func identical() throws {
        let orders = stride(from: 9_400, through: 9_990, by: 30).map { (day: $0, amount: 12.0) }
        let result = try Self.run(Shop.snapshot(Array(repeating: orders, count: 300)))
        #expect(result.clusters.state == .tiers)
        #expect(result.segments.allSatisfy { $0.characteristics.allSatisfy { $0.mean.isFinite && $0.std.isFinite } })
        #expect(result.horizons.allSatisfy { $0.state == .notEnoughData || $0.state == .fallback })
    }

    @Test("a stop is heard between two steps")
    func cancel() {
        let progress = PipelineProgress()
        progress.stop()
        #expect(throws: CancellationError.self) {
            try EyesPipeline(snapshot: Self.snapshot, asOf: 10_001, config: .standard, runID: "eyr_x")
                .run(progress: progress.report)
        }
    }

    @Test("a run's name depends on rows, score time and configuration, and on nothing else")
    func names() {
        let hash = RunName.snapshotHash(Self.snapshot)
        func name(_ asOf: Int, _ config: EyesConfig, _ organization: String = "org_a") -> String {
            RunName.runID(organizationID: organization, snapshotHash: hash, asOf: asOf, zone: "UTC", config: config)
        }
        #expect(name(10_001, .standard) == name(10_001, .standard))
        #expect(name(10_001, .standard) != name(10_002, .standard))
        #expect(name(10_001, .standard) != name(10_001, .standard, "org_b"))
        var other = EyesConfig.standard
        other.seed = 43
        #expect(name(10_001, .standard) != name(10_001, other))
        #expect(name(10_001, .standard).count == 30)
    }
}
