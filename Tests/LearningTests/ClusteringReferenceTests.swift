import Learning
import Testing

@Suite("Clustering against scikit-learn")
struct ClusteringReferenceTests {
    let reference = Reference.shared.clusters
    var x: Matrix { reference.x.matrix }

    @Test("k-means reaches scikit-learn's inertia for every k")
    func kMeansInertia() {
        for expected in reference.kmeans {
            let found = kMeans(x, k: expected.k, seed: 42)
            #expect(found.inertia <= expected.inertia * 1.001, "k = \(expected.k)")
            #expect(Set(found.labels).count == expected.k)
        }
    }

    @Test("k-means labels, centroids and inertia belong together")
    func kMeansIsConsistent() {
        let found = kMeans(x, k: 4, seed: 1)
        #expect(assignToNearest(x, centroids: found.centroids) == found.labels)
        let inertia = (0..<x.rows).reduce(0) { sum, row in
            let distance = x.distance(from: row, to: found.centroids, row: found.labels[row])
            return sum + distance * distance
        }
        #expect(isClose(inertia, found.inertia))
        for cluster in 0..<4 {
            let members = x.selecting(rows: found.labels.indices.filter { found.labels[$0] == cluster })
            for column in 0..<3 {
                let mean = members.column(column).reduce(0, +) / Double(members.rows)
                #expect(abs(mean - found.centroids[cluster, column]) < 0.01)
            }
        }
    }

    @Test("DBSCAN gives scikit-learn's labels, row by row")
    func dbscanLabels() {
        for expected in reference.dbscan {
            let found = dbscan(x, eps: expected.eps, minSamples: expected.min_samples)
            #expect(found.labels == expected.labels, "eps = \(expected.eps)")
            #expect(found.clusterCount == (expected.labels.max() ?? -1) + 1)
        }
    }

    @Test("Ward gives scikit-learn's partitions and heights")
    func wardLabels() {
        let tree = ward(x)
        for expected in reference.ward {
            #expect(adjustedRandIndex(tree.labels(clusters: expected.k), expected.labels) == 1, "k = \(expected.k)")
        }
        #expect(isClose(tree.merges.map(\.height), reference.ward_heights, within: 1e-6))
    }

    @Test("silhouettes agree, for one labeling and for several at once, noise left out")
    func silhouettes() {
        let labelings = reference.kmeans.map(\.labels) + reference.ward.map(\.labels) + reference.dbscan.map(\.labels)
        let expected =
            reference.kmeans.map(\.silhouette) + reference.ward.map(\.silhouette)
            + reference.dbscan.map(\.silhouette)
        #expect(isClose(Learning.silhouettes(x, labelings: labelings), expected))
        #expect(isClose(labelings.map { silhouette(x, labels: $0) }, expected))
        // Enough rows that the joint pass is taken.
        let many = x.selecting(rows: (0..<x.rows * 8).map { $0 % x.rows })
        let repeated = labelings.prefix(4).map { labels in (0..<many.rows).map { labels[$0 % x.rows] } }
        let jointly = Learning.silhouettes(many, labelings: repeated)
        #expect(isClose(jointly, repeated.map { silhouette(many, labels: $0) }))
    }

    @Test("silhouette of every row")
    func silhouettePerRow() {
        let found = silhouetteSamples(x, labels: reference.silhouette_samples.labels).map { $0 ?? .nan }
        #expect(isClose(found, reference.silhouette_samples.values))
    }

    @Test("k-distance curve, adjusted Rand index and principal components")
    func curveRandComponents() {
        #expect(isClose(kDistances(x, k: reference.kdistance.k), reference.kdistance.values))
        for pair in reference.rand { #expect(isClose(adjustedRandIndex(pair.a, pair.b), pair.ari)) }
        #expect(isClose(principalProjection(x).explained, reference.pca_explained))
    }

    @Test("the CDNOW buyers fall into the three groups that the reference names")
    func orders() {
        let expected = Reference.shared.orders
        let buyers = Reference.buyers
        #expect(buyers.rows == 23_502 && expected.rows == 23_502)
        let scaled = Scaling.clippedZScore.fit(buyers).apply(buyers)
        let found = kMeans(scaled, k: 3, seed: 42, threads: 2)
        #expect(found.inertia <= expected.inertia * 1.001)
        let shares = (0..<3).map { cluster in found.labels.count { $0 == cluster } }.sorted()
        #expect(zip(shares, expected.sizes).allSatisfy { abs($0 - $1) < 50 })
        let score = sampledSilhouette(scaled, labels: found.labels, seed: 42, threads: 2)
        #expect(abs(score - expected.silhouette) < 0.015)
        let shuffled = columnShuffled(scaled, seed: 42)
        let null = kMeans(shuffled, k: 3, seed: 42, threads: 2)
        #expect(abs(sampledSilhouette(shuffled, labels: null.labels, seed: 42, threads: 2) - expected.null) < 0.02)
        #expect(kMeansStability(scaled, labels: found.labels, k: 3, seed: 42, threads: 2).mean > 0.98)
    }
}
