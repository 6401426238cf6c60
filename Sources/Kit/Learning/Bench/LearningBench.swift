/// The cases of `omnify bench learning`, run side by side with scikit-learn by Benchmarks/learning/compare.py on the same
/// matrix. Reading the file and the clock are the caller's: this room does neither.
public enum LearningBench {
    public struct Measurement: Sendable {
        public let name: String
        public let seconds: Double
        /// A figure of the result that the other side must agree with (inertia per row, silhouette, noise share …).
        public let figure: Double
    }

    /// A matrix whose last column holds the outcome 0 or 1 of each row.
    ///
    /// - Parameter bytes: rows and columns as little-endian 64-bit integers, then the values row by row as 64-bit floats.
    /// - Returns: nil when the length does not fit the header.
    public static func matrix(bytes: [UInt8]) -> Matrix? {
        guard bytes.count >= 16 else { return nil }
        return bytes.withUnsafeBytes { raw in
            let rows = Int(Int64(littleEndian: raw.loadUnaligned(fromByteOffset: 0, as: Int64.self)))
            let columns = Int(Int64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: Int64.self)))
            let (cells, tooMany) = rows.multipliedReportingOverflow(by: columns)
            guard rows >= 0, columns > 1, !tooMany, cells == (bytes.count - 16) / 8, (bytes.count - 16) % 8 == 0 else {
                return nil
            }
            let values = (0..<cells).map { cell in
                Double(
                    bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 16 + cell * 8, as: UInt64.self)))
            }
            return Matrix(rows: rows, columns: columns, values: values)
        }
    }

    /// - Parameters:
    ///   - now: seconds of a steady clock.
    ///   - report: called after each case.
    public static func run(
        matrix: Matrix, threads: Int, now: () -> Double, report: (Measurement) -> Void
    ) {
        let last = matrix.columns - 1
        let x = matrix.selecting(columns: Array(0..<last))
        let outcome = matrix.column(last).map { $0 > 0.5 }
        let clusters = kMeans(x, k: 5, starts: 1, seed: 0, threads: threads).labels
        for benchCase in cases(threads: threads) {
            let part = x.selecting(rows: Array(0..<min(x.rows, benchCase.rows)))
            let start = now()
            let figure = benchCase.run(part, clusters, outcome)
            report(Measurement(name: benchCase.name, seconds: now() - start, figure: figure))
        }
    }

    private struct Case {
        let name: String
        let rows: Int
        let run: (_ x: Matrix, _ clusters: [Int], _ outcome: [Bool]) -> Double
    }

    private static func cases(threads: Int) -> [Case] {
        [
            Case(name: "kmeans_k5_init10", rows: .max) { x, _, _ in
                kMeans(x, k: 5, tolerance: 1e-4, seed: 0, threads: threads).inertia / Double(x.rows)
            },
            Case(name: "silhouette_sample_10k", rows: .max) { x, clusters, _ in
                sampledSilhouette(x, labels: clusters, sampleSize: 10_000, seed: 0, threads: threads)
            },
            Case(name: "silhouette_full_20k", rows: 20_000) { x, clusters, _ in
                silhouette(x, labels: Array(clusters.prefix(x.rows)), threads: threads)
            },
            Case(name: "dbscan", rows: .max) { x, _, _ in
                let found = dbscan(x, eps: 0.25, minSamples: 10, threads: threads)
                return Double(found.labels.count { $0 < 0 }) / Double(max(x.rows, 1))
            },
            Case(name: "ward_20k", rows: 20_000) { x, _, _ in
                ward(x).merges.last?.height ?? 0
            },
            Case(name: "logistic", rows: .max) { x, _, outcome in
                logLoss(
                    probabilities: LogisticRegression.fit(x, outcome, threads: threads).probabilities(x),
                    labels: outcome)
            },
            Case(name: "auc_bootstrap_200", rows: .max) { x, _, outcome in
                aucInterval(scores: x.column(0), labels: outcome, resamples: 200, seed: 0, threads: threads)?.estimate
                    ?? 0
            },
        ]
    }
}
