import Learning

/// Segments and who belongs to which.
struct Segmentation: Sendable {
    var segments: [Segment]
    /// Per row of the buyers' table the number of the segment.
    let numbers: [Int]
    let reasons: [MembershipReason]

    static let empty = Segmentation(segments: [], numbers: [], reasons: [])

    /// Turns the chosen grouping into segments, most valuable first, unclustered people last.
    static func make(
        _ outcome: ClusterOutcome, table: FeatureTable, snapshot: Snapshot, runID: String,
        former: [SegmentMatching.Former], threads: Int = 1
    ) -> Segmentation {
        guard let space = outcome.space, outcome.report.state != .notEnoughData else { return .empty }
        let profiler = SegmentProfiler(table: table, labels: outcome.labels, minorPerUnit: snapshot.minorPerUnit)
        var profiles = profiler.profiles()
        SegmentNaming.distinguish(&profiles)
        let order = profiles.indices.sorted { (-profiles[$0].valueMinor, $0) < (-profiles[$1].valueMinor, $1) }
        profiles = order.map { profiles[$0] }
        let kind: Segment.Kind = outcome.report.state == .accepted ? .cluster : .tier
        let centres = profiles.map { centre($0.rows, table) }
        let matches = SegmentMatching.match(centres, former: former, space: space)
        var segments = profiles.indices.map { number in
            segment(
                profiles[number], number: number, kind: kind, centre: centres[number],
                former: matches[number].map { former[$0] }, table: table, snapshot: snapshot, runID: runID)
        }
        let noise = outcome.labels.indices.filter { outcome.labels[$0] < 0 }
        if !noise.isEmpty {
            var profile = profiler.profile(noise)
            profile.name = SegmentName(key: "unclustered")
            segments.append(
                segment(
                    profile, number: segments.count, kind: .unclustered, centre: centre(noise, table), former: nil,
                    table: table, snapshot: snapshot, runID: runID))
        }
        var numbers = [Int](repeating: segments.count - 1, count: table.count)
        for (number, profile) in profiles.enumerated() { for row in profile.rows { numbers[row] = number } }
        return Segmentation(
            segments: segments, numbers: numbers,
            reasons: membershipReasons(numbers, groups: profiles.count, space: space, threads: threads))
    }

    private static func centre(_ rows: [Int], _ table: FeatureTable) -> [Double] {
        let features = table.groups.contains(.events) ? Feature.centreFeatures : Feature.purchaseSpace
        return features.map { feature in
            rows.isEmpty ? 0 : rows.reduce(0) { $0 + table.value(feature, row: $1) } / Double(rows.count)
        }
    }

    private static func segment(
        _ profile: SegmentProfiler.Profile, number: Int, kind: Segment.Kind, centre: [Double],
        former: SegmentMatching.Former?, table: FeatureTable, snapshot: Snapshot, runID: String
    ) -> Segment {
        let byValue = profile.rows.sorted {
            (-table.value(.totalSpend, row: $0), $0) < (-table.value(.totalSpend, row: $1), $1)
        }
        return Segment(
            id: "seg_\(runID.dropFirst(4))_\(number)", number: number, name: profile.name, kind: kind,
            size: profile.rows.count, share: Double(profile.rows.count) / Double(max(table.count, 1)),
            valueMinor: profile.valueMinor, topFeatures: profile.topFeatures, characteristics: profile.statistics,
            churnRisk: [], sampleCustomerIDs: byValue.prefix(10).map { snapshot.customers[table.customers[$0]] },
            centre: centre, previousID: former?.id, sizeChange: former.map { profile.rows.count - $0.size })
    }

    /// Distances to the own and the next centre, and the two features that speak most for the own one.
    private static func membershipReasons(
        _ numbers: [Int], groups: Int, space: ScaledSpace, threads: Int
    ) -> [MembershipReason] {
        let centres = clusterMeans(space.points, labels: numbers.map { $0 < groups ? $0 : -1 })
        return concurrentMap(chunksOf: numbers.count, size: 4_000, threads: threads) { rows in
            rows.map { reason($0, own: numbers[$0], groups: groups, centres, space) }
        }.flatMap(\.self)
    }

    private static func reason(
        _ row: Int, own: Int, groups: Int, _ centres: Matrix, _ space: ScaledSpace
    ) -> MembershipReason {
        let points = space.points
        let distances = (0..<groups).map { distance(points, row, centres, $0) }
        let next = distances.indices.filter { $0 != own }.min { (distances[$0], $0) < (distances[$1], $1) }
        guard own < groups else {
            return MembershipReason(
                ownDistance: 0, nextSegment: next, nextDistance: next.map { distances[$0] }, features: [])
        }
        return MembershipReason(
            ownDistance: distances[own], nextSegment: next, nextDistance: next.map { distances[$0] },
            features: next.map { telling(points, row, centres, own: own, next: $0, space.features) } ?? [])
    }

    private static func distance(_ points: Matrix, _ row: Int, _ centres: Matrix, _ centre: Int) -> Double {
        var sum = 0.0
        for column in 0..<points.columns {
            let gap = points[row, column] - centres[centre, column]
            sum += gap * gap
        }
        return sum.squareRoot()
    }

    private static func telling(
        _ points: Matrix, _ row: Int, _ centres: Matrix, own: Int, next: Int, _ features: [Feature]
    ) -> [Feature] {
        let leads = features.indices.map { column in
            abs(points[row, column] - centres[next, column]) - abs(points[row, column] - centres[own, column])
        }
        let order = leads.indices.sorted { (-leads[$0], $0) < (-leads[$1], $1) }
        return order.prefix(2).filter { leads[$0] > 0 }.map { features[$0] }
    }
}
