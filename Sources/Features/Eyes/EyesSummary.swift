import Customers
import Foundation
import Jobs
import Memory
import Tenancy
import Web

/// What EYES says in one line, for home.
public struct EyesSummary: Sendable {
    public enum State: Sendable {
        case neverRan
        case running(jobID: String)
        case failed(jobID: String)
        case notEnoughData(runID: String)
        case published(Published)
    }

    public struct Published: Sendable {
        public let runID: String
        public let asOf: Date
        public let finishedAt: Date
        public let horizon: Horizon
        public let state: HorizonState
        /// Nil where a rule speaks: a rule has no probable leavers.
        public let highRiskCustomers: Int?
        public let valueAtRiskMinor: Int64?
        public let highYearlySpendMinor: Int64
        /// Of the model that speaks; nil where a rule does.
        public let method: ChurnModel.Kind?
        /// Campaigns may be built on it.
        public var isActionable: Bool { state == .accepted }
        public var gateKey: String { "eyes.gate_word.\(state.rawValue)" }
        public var methodKey: String { "eyes.method.\(method?.rawValue ?? "rule")" }
    }

    public let state: State

    /// The horizon to speak of first: the best gate, then the longest.
    static func leading(_ horizons: [HorizonReport]) -> HorizonReport? {
        let rank: [HorizonState] = [.accepted, .provisional, .rejected, .fallback]
        return horizons.filter { rank.contains($0.state) }.min { left, right in
            let a = rank.firstIndex(of: left.state) ?? rank.count
            let b = rank.firstIndex(of: right.state) ?? rank.count
            return a != b ? a < b : left.horizon > right.horizon
        }
    }
}

extension EyesService {
    /// What home shows: figures of the published run even while a new one runs.
    public func summary(_ scope: TenantScope) async throws -> EyesSummary {
        let overview = try await overview(scope)
        if let run = overview.published?.run {
            if let leading = EyesSummary.leading(run.result.horizons) {
                return EyesSummary(state: .published(published(run, leading)))
            }
            if let running = overview.running { return EyesSummary(state: .running(jobID: running.id)) }
            return EyesSummary(state: .notEnoughData(runID: run.id))
        }
        if let running = overview.running { return EyesSummary(state: .running(jobID: running.id)) }
        if let failed = overview.failed { return EyesSummary(state: .failed(jobID: failed.id)) }
        return EyesSummary(state: .neverRan)
    }

    private func published(_ run: StoredRun, _ report: HorizonReport) -> EyesSummary.Published {
        EyesSummary.Published(
            runID: run.id, asOf: run.asOf, finishedAt: run.createdAt, horizon: report.horizon, state: report.state,
            highRiskCustomers: report.state.hasProbabilities ? report.counts.high : nil,
            valueAtRiskMinor: run.hasAmounts ? report.valueAtRiskMinor : nil,
            highYearlySpendMinor: report.highYearlySpendMinor,
            method: report.serving?.model.kind)
    }

    /// A segment of the published run, or of a rule, to be chosen from.
    public typealias SegmentOption = (id: String, label: String, size: Int)

    /// For the customers' filter.
    public func segmentOptions(_ scope: TenantScope, _ words: Localizer) async throws -> [SegmentOption] {
        let rules = try await EyesRules(service: self).list(scope)
            .compactMap { rule in rule.built.map { SegmentOption(rule.id, rule.name, $0.size) } }
        guard let published = try await published(scope) else { return rules }
        let part = EyesMemory.Part(scope, published.run.id, words.locale.rawValue)
        return try await memory.segments.value(for: part) {
            let speech = EyesSpeech(words, currency: scope.organization.currency).of(published.run)
            return published.segments.map { ($0.id, speech.name($0.name), $0.size) }
        } + rules
    }

    /// Customer ids of a segment of the published run, or of a rule, ascending, after a given one.
    public func segmentMembers(
        _ scope: TenantScope, segmentID: String, after: String?, limit: Int
    ) async throws -> [String] {
        let rules = EyesRules(service: self)
        if let rule = try await rules.get(scope, segmentID) {
            return try await rules.store(scope).members(rule, after: after, limit: limit).map(\.customerID)
        }
        guard let published = try await published(scope), let segment = published.segment(id: segmentID) else {
            return []
        }
        return try await store(scope).memberIDs(
            runID: published.run.id, segment: segment.number, after: after, limit: limit)
    }
}
