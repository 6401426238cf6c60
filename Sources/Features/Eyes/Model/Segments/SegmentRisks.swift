/// Adds the active members' risks up per segment.
struct SegmentRisks {
    let config: EyesConfig

    func fill(_ segmentation: inout Segmentation, scores: [CustomerScore], reports: [HorizonReport]) {
        for index in segmentation.segments.indices {
            let number = segmentation.segments[index].number
            let members = scores.filter { $0.segment == number }
            segmentation.segments[index].churnRisk = reports.enumerated().compactMap { place, report in
                risk(members.compactMap { $0.scores[place] }, report)
            }
        }
    }

    private func risk(_ scores: [HorizonScore], _ report: HorizonReport) -> SegmentRisk? {
        guard report.state != .notEnoughData else { return nil }
        guard report.serving != nil, !scores.isEmpty else {
            return SegmentRisk(
                horizon: report.horizon, riskScore: nil, riskLevel: majority(scores), sampleSize: scores.count,
                expectedLeavers: nil, valueAtRiskMinor: nil)
        }
        let sum = scores.reduce(0) { $0 + ($1.probability ?? 0) }
        let mean = sum / Double(scores.count)
        return SegmentRisk(
            horizon: report.horizon, riskScore: mean, riskLevel: RiskLevel(probability: mean, config: config),
            sampleSize: scores.count, expectedLeavers: sum,
            valueAtRiskMinor: scores.reduce(0) { $0 + ($1.valueAtRiskMinor ?? 0) })
    }

    /// Under a rule a segment has the band of most of its members.
    private func majority(_ scores: [HorizonScore]) -> RiskLevel? {
        var counts = BandCounts()
        for score in scores { counts.add(score.level) }
        return RiskLevel.allCases.max { counts.count($0) < counts.count($1) }.flatMap { counts.total > 0 ? $0 : nil }
    }
}
