import Learning

/// Customers and their features at one cut-off.
struct FeatureTable: Sendable {
    /// Indexes into the snapshot, ascending; row r of `values` belongs to `customers[r]`.
    let customers: [Int]
    let cutOff: Int
    /// All features in natural units, columns in the order of `Feature.allCases`.
    let values: Matrix

    init(_ snapshot: Snapshot, customers: [Int], at cutOff: Int) {
        self.customers = customers
        self.cutOff = cutOff
        values = FeatureCalculator.matrix(snapshot, customers: customers, at: cutOff)
    }

    var count: Int { customers.count }

    func value(_ feature: Feature, row: Int) -> Double { values[row, feature.column] }
    func column(_ feature: Feature) -> [Double] { values.column(feature.column) }

    /// Natural units.
    func selecting(_ features: [Feature]) -> Matrix { values.selecting(columns: features.map(\.column)) }

    /// log(1 + value) where a feature is skewed, ready for scaling.
    func logged(_ features: [Feature]) -> Matrix {
        selecting(features).log1p(columns: features.indices.filter { features[$0].isSkewed })
    }
}

extension FeatureTable {
    init(customers: [Int], cutOff: Int, values: Matrix) {
        self.customers = customers
        self.cutOff = cutOff
        self.values = values
    }

    /// Some of the rows, in the given order.
    func selecting(rows: [Int]) -> FeatureTable {
        FeatureTable(customers: rows.map { customers[$0] }, cutOff: cutOff, values: values.selecting(rows: rows))
    }
}
