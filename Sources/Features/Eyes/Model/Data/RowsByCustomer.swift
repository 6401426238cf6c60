/// Rows of one kind, those of a customer together: customer i's are `rows[offsets[i]..<offsets[i + 1]]`.
struct RowsByCustomer<Row: Sendable & Equatable>: Sendable, Equatable {
    /// Empty where nobody has any.
    private(set) var offsets: [Int] = []
    private(set) var rows: [Row] = []

    var isEmpty: Bool { rows.isEmpty }

    /// Nobody has any.
    init() {}

    /// - Parameters:
    ///   - given: in any order of arrival
    ///   - customers: how many there are
    ///   - precedes: the order of a customer's rows
    init(_ given: [(customer: Int32, row: Row)], customers: Int, by precedes: (Row, Row) -> Bool) {
        func isBefore(_ one: (customer: Int32, row: Row), _ other: (customer: Int32, row: Row)) -> Bool {
            one.customer == other.customer ? precedes(one.row, other.row) : one.customer < other.customer
        }
        // As a database gives them.
        let isInOrder = given.indices.dropFirst().allSatisfy { !isBefore(given[$0], given[$0 - 1]) }
        let sorted = isInOrder ? given : given.sorted(by: isBefore)
        offsets = [Int](repeating: 0, count: customers + 1)
        for row in sorted { offsets[Int(row.customer) + 1] += 1 }
        for index in 0..<customers { offsets[index + 1] += offsets[index] }
        rows = sorted.map(\.row)
    }

    func of(_ customer: Int) -> ArraySlice<Row> {
        offsets.isEmpty ? [] : rows[offsets[customer]..<offsets[customer + 1]]
    }

    /// The same rows where the customers stand in another order, which names them by their places here.
    func placed(_ places: [Int]) -> RowsByCustomer {
        guard !offsets.isEmpty else { return self }
        var moved = RowsByCustomer()
        moved.offsets = [0]
        moved.offsets.reserveCapacity(places.count + 1)
        moved.rows.reserveCapacity(rows.count)
        for customer in places {
            moved.rows.append(contentsOf: of(customer))
            moved.offsets.append(moved.rows.count)
        }
        return moved
    }
}
