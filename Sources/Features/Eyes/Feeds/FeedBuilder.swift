import Foundation

/// Makes the feeds of a run. Pure.
struct FeedBuilder {
    let published: PublishedRun?

    /// The feeds about segments; `to_memory` names customers and comes page by page.
    func feed(_ name: IntegrationFeed.Name, members: [StoredMember] = []) -> IntegrationFeed {
        IntegrationFeed(
            name: name, version: IntegrationFeed.version, runID: published?.run.id, gate: gate,
            rows: rows(name, members))
    }

    private var gate: IntegrationFeed.Gate? {
        guard let run = published?.run else { return nil }
        return IntegrationFeed.Gate(
            clustering: run.result.clustering.state.rawValue,
            churn: Dictionary(
                run.result.horizons.map { ($0.horizon.key, $0.state.rawValue) }, uniquingKeysWith: { first, _ in first }
            ),
            at: run.createdAt)
    }

    /// Horizons whose probabilities may leave the room. A rejected or missing model sends its state only.
    private var horizons: [HorizonReport] {
        (published?.run.result.horizons ?? []).filter { $0.state == .accepted || $0.state == .provisional }
    }

    private var segments: [Segment] { (published?.segments ?? []).filter { $0.kind != .unclustered } }

    private func rows(_ name: IntegrationFeed.Name, _ members: [StoredMember]) -> [IntegrationFeed.Row] {
        switch name {
        case .oracle: segments.map(oracle)
        case .voice: segments.map(voice)
        case .curiosity: curiosity
        case .memory:
            members.compactMap { member in
                published?.segment(number: member.segment).map {
                    IntegrationFeed.Row(
                        id: member.customerID, segmentID: $0.id,
                        figures: ["spend_365_minor": Double(member.spend365Minor)])
                }
            }
        }
    }

    /// Size, value, spend in 30 days, churn, and the share that stays, horizon by horizon.
    private func oracle(_ segment: Segment) -> IntegrationFeed.Row {
        var figures: [String: Double] = [
            "size": Double(segment.size), "value_minor": Double(segment.valueMinor),
            "spend_30_minor": segment.size > 0 ? Double(segment.valueMinor) * 30 / 365 / Double(segment.size) : 0,
        ]
        for report in horizons {
            guard let risk = segment.churnRisk.first(where: { $0.horizon == report.horizon })?.riskScore else {
                continue
            }
            figures["churn_\(report.horizon.key)"] = risk
            figures["retention_\(report.horizon.key)"] = 1 - risk
        }
        return IntegrationFeed.Row(id: segment.id, segmentID: segment.id, figures: figures)
    }

    /// What sets the segment apart, by feature and direction.
    private func voice(_ segment: Segment) -> IntegrationFeed.Row {
        IntegrationFeed.Row(
            id: segment.id, segmentID: segment.id,
            figures: Dictionary(
                segment.topFeatures.map { ($0.feature.rawValue, $0.importance) },
                uniquingKeysWith: { first, _ in first }),
            words: segment.topFeatures.map { "\($0.feature.rawValue):\($0.direction.rawValue)" } + [tone(segment)])
    }

    /// How to speak to them: by how the group goes by name.
    private func tone(_ segment: Segment) -> String {
        if segment.name.key.hasSuffix("at_risk") { return "tone:win_back" }
        if segment.name.key.hasSuffix("slipping") { return "tone:remind" }
        return segment.name.key == "new" ? "tone:welcome" : "tone:thank"
    }

    /// Where leaving is worth money: expected leavers, value at risk, and the segment's share of it all.
    private var curiosity: [IntegrationFeed.Row] {
        guard let report = horizons.max(by: { $0.horizon < $1.horizon }) else { return [] }
        let risks = segments.compactMap { segment in
            segment.churnRisk.first { $0.horizon == report.horizon }.map { (segment, $0) }
        }
        let total = risks.reduce(0.0) { $0 + Double($1.1.valueAtRiskMinor ?? 0) }
        return risks.map { segment, risk in
            let value = Double(risk.valueAtRiskMinor ?? 0)
            return IntegrationFeed.Row(
                id: segment.id, segmentID: segment.id,
                figures: [
                    "days": Double(report.horizon.days), "expected_leavers": risk.expectedLeavers ?? 0,
                    "value_at_risk_minor": value, "budget_weight": total > 0 ? value / total : 0,
                ])
        }
    }
}
