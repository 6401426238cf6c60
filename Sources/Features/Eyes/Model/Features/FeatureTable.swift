import Learning

/// Customers and their features at one cut-off.
struct FeatureTable: Sendable {
    /// Indexes into the snapshot, ascending; row r of `values` belongs to `customers[r]`.
    let customers: [Int]
    let cutOff: Int
    /// Features in natural units, columns in the order of `Feature.allCases`; those of orders alone where nothing else
    /// is told.
    let values: Matrix
    /// What BG/NBD sees of each row; empty in a table made without orders.
    let histories: [PurchaseHistory]
    /// What the data behind it can tell.
    let groups: Set<FeatureGroup>
    /// What its orders are.
    let qualifying: QualifyingEvent

    init(_ snapshot: Snapshot, customers: [Int], at cutOff: Int, threads: Int = 1) {
        self.customers = customers
        self.cutOff = cutOff
        groups = snapshot.groups
        qualifying = snapshot.qualifying
        let parts = concurrentMap(chunksOf: customers.count, size: 4_096, threads: threads) { rows in
            let own = customers[rows]
            let histories = own.map {
                PurchaseHistory(snapshot.orders(of: $0, before: cutOff), cutOff: cutOff)
                    ?? PurchaseHistory(repeats: 0, recency: 0, age: 0)
            }
            return (values: FeatureCalculator.matrix(snapshot, customers: own, at: cutOff).values, histories: histories)
        }
        values = Matrix(
            rows: customers.count, columns: Feature.columns(snapshot.groups).count, values: parts.flatMap(\.values))
        histories = parts.flatMap(\.histories)
    }

    var count: Int { customers.count }

    /// What a churn model may use of it.
    var modelFeatures: [Feature] { Feature.forModels(groups) }

    /// 0 for a feature that no source tells.
    func value(_ feature: Feature, row: Int) -> Double {
        feature.column < values.columns ? values[row, feature.column] : 0
    }

    func column(_ feature: Feature) -> [Double] {
        feature.column < values.columns ? values.column(feature.column) : [Double](repeating: 0, count: values.rows)
    }

    /// Natural units.
    func selecting(_ features: [Feature]) -> Matrix {
        guard !features.allSatisfy({ $0.column < values.columns }) else {
            return values.selecting(columns: features.map(\.column))
        }
        let columns = features.map(column)
        return Matrix(
            rows: values.rows, columns: features.count,
            values: (0..<values.rows).flatMap { row in columns.map { $0[row] } })
    }

    /// log(1 + value) where a feature is skewed, ready for scaling.
    func logged(_ features: [Feature]) -> Matrix {
        selecting(features).log1p(columns: features.indices.filter { features[$0].isSkewed })
    }
}

extension FeatureTable {
    init(
        customers: [Int], cutOff: Int, values: Matrix, histories: [PurchaseHistory] = [],
        groups: Set<FeatureGroup> = [.orders], qualifying: QualifyingEvent = .order
    ) {
        self.qualifying = qualifying
        self.customers = customers
        self.cutOff = cutOff
        self.values = values
        self.histories = histories
        self.groups = groups
    }

    /// Some of the rows, in the given order.
    func selecting(rows: [Int]) -> FeatureTable {
        FeatureTable(
            customers: rows.map { customers[$0] }, cutOff: cutOff, values: values.selecting(rows: rows),
            histories: histories.isEmpty ? [] : rows.map { histories[$0] }, groups: groups, qualifying: qualifying)
    }
}
