import BSON
import Customers
import Foundation
import Mongo
import Tenancy

/// Takes people out of everything EYES keeps. Counts and figures of a run stay: they name nobody.
struct Forgetting: Sendable {
    let scope: TenantScope
    let database: MongoDatabase

    /// How many documents of each collection were removed or changed.
    struct Traces: Sendable, Equatable {
        var removed: [String: Int] = [:]
        var total: Int { removed.values.reduce(0, +) }
    }

    private func collection<Document: TenantDocument>(_: Document.Type) -> TenantCollection<Document> {
        TenantCollection(scope, database)
    }

    func forget(_ customers: Set<String>) async throws -> Traces {
        var traces = Traces()
        guard !customers.isEmpty else { return traces }
        try await forgetInRuns(customers.sorted(), &traces)
        for part in customers.sorted().portions() {
            traces.add("eyes_campaign_people", try await remove(CampaignPerson.self, part))
            traces.add("eyes_rule_members", try await remove(RuleMember.self, part))
            traces.add("eyes_reviews", try await remove(ScoreReview.self, part))
        }
        traces.add("eyes_segments", try await forgetInSegments(customers))
        traces.add("eyes_insights", try await forgetInFlows(customers))
        traces.add("eyes_run_inputs", try await EyesStore(scope, database).forgetInInputs(customers))
        return traces
    }

    private func remove<Document: TenantDocument>(_ type: Document.Type, _ part: [String]) async throws -> Int {
        try await collection(type).delete(.in("customer_id", part.map { .string($0) }), multi: true)
    }

    /// Rows of a run are found by their ids, one run after the other.
    private func forgetInRuns(_ customers: [String], _ traces: inout Traces) async throws {
        let store = EyesStore(scope, database)
        for runID in try await store.runsWithRows().sorted() {
            for part in customers.portions() {
                traces.add("eyes_rankings", try await store.forgetInRankings(part, runID: runID))
                let rows = Filter.in("_id", part.map { .string(rowID(runID: runID, customerID: $0)) })
                traces.add("eyes_memberships", try await collection(StoredMember.self).delete(rows, multi: true))
                traces.add("eyes_churn_predictions", try await collection(StoredScore.self).delete(rows, multi: true))
            }
        }
    }

    private func forgetInSegments(_ customers: Set<String>) async throws -> Int {
        var changed = 0
        for try await batch in try collection(StoredSegment.self).batches() {
            for stored in batch where !customers.isDisjoint(with: stored.segment.sampleCustomerIDs) {
                var segment = stored.segment
                segment.sampleCustomerIDs.removeAll(where: customers.contains)
                try await collection(StoredSegment.self).replace(StoredSegment(segment, runID: stored.runID))
                changed += 1
            }
        }
        return changed
    }

    private func forgetInFlows(_ customers: Set<String>) async throws -> Int {
        var changed = 0
        for try await batch in try collection(RunInsights.self).batches(batchSize: 20) {
            for found in batch where found.flows.contains(where: { !customers.isDisjoint(with: $0.sample) }) {
                try await collection(RunInsights.self).replace(found.without(customers))
                changed += 1
            }
        }
        return changed
    }

    /// Who of these is no customer any more: erased, taken back with an import, or gone with a connection.
    func vanished(_ customers: Set<String>) async throws -> Set<String> {
        let known = try await CustomerStore(scope, database).badges(customers.sorted())
        return customers.subtracting(known.keys)
    }
}

extension Forgetting.Traces {
    fileprivate mutating func add(_ collection: String, _ count: Int) {
        if count > 0 { removed[collection, default: 0] += count }
    }
}

extension RunInsights {
    fileprivate func without(_ customers: Set<String>) -> RunInsights {
        RunInsights(
            id: id, runID: runID, crossPlatform: crossPlatform, formerRunID: formerRunID,
            flows: flows.map { flow in
                SegmentFlow(
                    from: flow.from, to: flow.to, count: flow.count, reasons: flow.reasons,
                    sample: flow.sample.filter { !customers.contains($0) })
            }, createdAt: createdAt)
    }
}

extension EyesService {
    /// Takes people out of everything EYES keeps; to be called when they are erased. What is gone cannot be repeated:
    /// a run whose input named them says so.
    @discardableResult
    public func forget(_ scope: TenantScope, _ customers: Set<String>) async throws -> Int {
        let traces = try await Forgetting(scope: scope, database: database).forget(customers)
        if let runID = try await published(scope)?.run.id { memory.renamed(scope, runID) }
        return traces.total
    }
}
