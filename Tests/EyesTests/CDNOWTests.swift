import Foundation
import Learning
import Testing

@testable import Eyes

/// The reference results of 03 §6 and §8 on the public CDNOW orders.
@Suite("CDNOW")
struct CDNOWTests {
    private static let snapshot = Result { try CDNOW.snapshot() }

    @Test("buyers of all times fall into three natural groups")
    func groups() throws {
        let snapshot = try Self.snapshot.get()
        #expect(snapshot.customers.count == 23_570)
        #expect(snapshot.orders.count == 69_659)
        let everybody = FeatureTable(
            snapshot, customers: Population.active(snapshot, at: CDNOW.end, window: 730), at: CDNOW.end)
        let paying = everybody.column(.totalSpend).indices.filter { everybody.value(.totalSpend, row: $0) > 0 }
        #expect(paying.count == 23_502)
        let outcome = try ClusterOutcome.find(
            everybody.selecting(rows: paying), seed: RunSeed(seed: 42), threads: 2)
        #expect(outcome.report.state == .accepted)
        let found = try #require(
            outcome.report.candidates.first { $0.algorithm == .kMeans && $0.scaling == .clipped && $0.k == 3 })
        #expect(ClusterGate.failures(of: found).isEmpty)
        #expect(abs(found.silhouette - 0.63) < 0.015)
        #expect(abs(try #require(found.null) - 0.44) < 0.015)
        #expect(try #require(found.stability) > 0.98)
        #expect(abs(found.largestShare - 0.65) < 0.01)
        #expect(abs(found.smallestShare - 0.12) < 0.01)
        #expect(outcome.report.chosen == found)
    }

    @Test("the active ones alone are a continuum")
    func continuum() throws {
        let snapshot = try Self.snapshot.get()
        let active = Population.active(snapshot, at: CDNOW.end, window: 180)
        #expect(active.count == 5_360)
        let outcome = try ClusterOutcome.find(
            FeatureTable(snapshot, customers: active, at: CDNOW.end), seed: RunSeed(seed: 42), threads: 2)
        #expect(outcome.report.state == .tiers)
        let three = try #require(
            outcome.report.candidates.first { $0.algorithm == .kMeans && $0.scaling == .clipped && $0.k == 3 })
        #expect(abs(three.silhouette - 0.41) < 0.02)
        #expect(ClusterGate.failures(of: three).contains(.silhouette))
    }

    @Test(
        "churn at 1 April 1998 reaches the reference",
        arguments: [
            (Horizon.days30, 0.717, 0.626, HorizonState.provisional), (.days60, 0.722, 0.634, .accepted),
            (.days90, 0.727, 0.642, .accepted),
        ])
    func churn(_ horizon: Horizon, _ least: Double, _ baseline: Double, _ state: HorizonState) throws {
        let report = judge(try Self.snapshot.get(), horizon)
        let card = try #require(report.card)
        #expect(card.classes.testRows == 6_055)
        #expect(card.auc.estimate >= least)
        #expect(abs(card.recencyOnly.estimate - baseline) <= 0.01)
        let error = try #require(report.serving?.calibrationError)
        #expect(error <= 0.03)
        #expect(card.ece <= 0.03, "out of time")
        let before = try #require(card.eceBeforeLevel)
        #expect(before <= 0.09)
        let level = try #require(card.level)
        #expect(level.windows.map(\.cutOff).max() == CDNOW.scoreDate - horizon.days)
        #expect(level.windows.count >= 6)
        #expect(card.candidates.map(\.kind) == ChurnModel.Kind.allCases)
        #expect(card.candidates.allSatisfy { $0.logLoss != nil })
        #expect(report.state == state)
    }

    @Test("the same orders under other customer ids give the same gate and the same figures to the last digit")
    func ids() throws {
        let known = judge(try Self.snapshot.get(), .days30)
        let renamed = try CDNOW.snapshot { "z" + String($0.reversed()) }
        #expect(judge(renamed, .days30) == known)
    }

    private func judge(_ snapshot: Snapshot, _ horizon: Horizon) -> HorizonReport {
        let asOf = CDNOW.scoreDate + horizon.days
        let today = FeatureTable(snapshot, customers: Population.active(snapshot, at: asOf, window: 180), at: asOf)
        return HorizonJudgement.make(
            .init(
                snapshot: snapshot, config: .standard, horizon: horizon, asOf: asOf, today: today,
                population: Population.counts(snapshot, at: asOf, config: .standard), segmentOf: [:], previous: nil,
                modelVersion: "eym_cdnow_\(horizon.rawValue)", seed: RunSeed(seed: 42))
        ).report
    }
}
