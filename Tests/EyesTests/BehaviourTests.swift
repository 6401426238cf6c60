import Foundation
import Learning
import Testing

@testable import Eyes

@Suite("The behaviour space")
struct BehaviourTests {
    @Test("planted groups are found where orders are all alike and behaviour is not")
    func planted() throws {
        var generator = SeededGenerator(seed: 9)
        var builder = SnapshotBuilder(customers: (0..<450).map(Shop.name), minorPerUnit: 100)
        // Daily visitors by many ways, readers of two newsletters, and people who clicked a few times.
        let kinds: [(events: Int, types: [String], channels: [String], contents: Int)] = [
            (60, ["page_view", "add_to_cart", "login"], ["web", "email", "ads"], 6),
            (20, ["click", "reply"], ["email", "sms"], 8),
            (5, ["click"], ["email"], 5),
        ]
        for customer in 0..<450 {
            let kind = kinds[customer % 3]
            builder.add(Shop.point(990, 10), customer: Int32(customer))
            for number in 0..<(kind.events + generator.below(kind.events / 4)) {
                builder.add(
                    try ActivityTests.event(
                        999 - number, kind.types[number % kind.types.count],
                        channel: kind.channels[number % kind.channels.count],
                        content: "c\(number % kind.contents)"), customer: Int32(customer))
            }
        }
        let snapshot = builder.finish()
        let table = FeatureTable(snapshot, customers: Array(snapshot.customers.indices), at: 1_000)
        let outcome = try ClusterOutcome.find(table, seed: RunSeed(seed: 42), threads: 2)
        #expect(outcome.report.state == .accepted)
        #expect(outcome.report.chosen?.space == "behaviour")
        let truth = snapshot.customers.map { (Int($0.dropFirst()) ?? 0) % 3 }
        let clustered = outcome.labels.indices.filter { outcome.labels[$0] >= 0 }
        #expect(Double(clustered.count) >= 0.9 * 450)
        #expect(adjustedRandIndex(clustered.map { outcome.labels[$0] }, clustered.map { truth[$0] }) >= 0.95)
    }
}
