import Learning

/// The dear figures: nulls on shuffled copies and stability over resamples.
///
/// Candidates are measured together, so that a copy is shuffled once, a tree of Ward is grown once for all its cuts, and
/// the distances of a copy are summed once for all labelings.
extension ClusterSearch {
    func measure(_ indices: [Int], in all: inout [FittedCandidate]) {
        let wanted = indices.uniqued().filter { all[$0].figures.stability == nil }
        let chosen = wanted.map { all[$0] }
        let nulls = nulls(chosen)
        let stabilities = stabilities(chosen)
        for (position, index) in wanted.enumerated() {
            all[index].figures.null = nulls[position]
            all[index].figures.stability = stabilities[position]
        }
    }

    // MARK: Nulls

    /// Mean silhouette of each candidate's search over the shuffled copies of its space.
    private func nulls(_ candidates: [FittedCandidate]) -> [Double] {
        let used = candidates.map(\.space).uniqued()
        let copies = used.flatMap { space in (0..<Self.nullCopies).map { (space: space, copy: $0) } }
        let scores = concurrentMap(copies.count, threads: threads) { task in
            nullScores(candidates.map(\.figures), candidates.map(\.space), copies[task].space, copy: copies[task].copy)
        }
        return candidates.indices.map { index in
            let own = scores.compactMap { $0[index] }
            return own.reduce(0, +) / Double(max(own.count, 1))
        }
    }

    /// By place in the list; only of candidates of that space.
    private func nullScores(
        _ candidates: [ClusterCandidate], _ spaceOf: [Int], _ space: Int, copy: Int
    ) -> [Int: Double] {
        let own = candidates.indices.filter { spaceOf[$0] == space }
        let shuffled = columnShuffled(
            spaces[space].points, seed: seed.derived("null.\(spaces[space].scaling).\(copy)"))
        let cuts = own.filter { candidates[$0].algorithm == .ward }.map { candidates[$0].k }.uniqued()
        let trees = Dictionary(
            uniqueKeysWithValues: zip(cuts, wardLabels(shuffled, cuts: cuts, purpose: "null.ward.\(copy)")))
        var indexes: [Int: DensityIndex] = [:]
        let labelings = own.map { place -> [Int] in
            let candidate = candidates[place]
            switch candidate.algorithm {
            case .kMeans: return kMeansLabels(shuffled, k: candidate.k, purpose: "null.kmeans.\(copy)")
            case .ward: return trees[candidate.k] ?? []
            case .dbscan:
                let minSamples = candidate.minSamples ?? 5
                let index = indexes[minSamples] ?? DensityIndex(shuffled, minSamples: minSamples)
                indexes[minSamples] = index
                return index.dbscan(eps: candidate.eps ?? 0).labels
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(own, sampledSilhouettes(shuffled, labelings: labelings)))
    }

    // MARK: Stability

    private func stabilities(_ candidates: [FittedCandidate]) -> [Double] {
        var result = [Double](repeating: 0, count: candidates.count)
        for space in candidates.map(\.space).uniqued() {
            let places = candidates.indices.filter {
                candidates[$0].space == space && candidates[$0].figures.algorithm == .ward
            }
            guard !places.isEmpty else { continue }
            let measured = wardStability(
                spaces[space].points,
                cuts: places.map { .init(clusters: candidates[$0].figures.k, labels: candidates[$0].labels) },
                resamples: Self.resamples, maxRows: Self.wardResampleRows,
                seed: seed.derived("stability.\(spaces[space].scaling).ward"), threads: threads)
            for (place, stability) in zip(places, measured) { result[place] = stability.mean }
        }
        for place in candidates.indices where candidates[place].figures.algorithm != .ward {
            result[place] = stability(candidates[place])
        }
        return result
    }

    private func stability(_ candidate: FittedCandidate) -> Double {
        let figures = candidate.figures
        let points = spaces[candidate.space].points
        let seed = seed.derived("stability.\(figures.scaling).\(figures.algorithm.rawValue).\(figures.k)")
        if figures.algorithm == .kMeans {
            return kMeansStability(
                points, labels: candidate.labels, k: figures.k, resamples: Self.resamples,
                maxRows: Self.resampleRows, seed: seed, threads: threads
            ).mean
        }
        return bootstrapStability(
            points, labels: candidate.labels, resamples: Self.resamples, maxRows: Self.resampleRows, seed: seed,
            threads: threads
        ) { sample, _ in
            .labels(dbscan(sample, eps: figures.eps ?? 0, minSamples: figures.minSamples ?? 5).labels)
        }.mean
    }
}
