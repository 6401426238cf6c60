import Foundation

/// What an import would find: read, counted, nothing written.
public struct DryRun: Sendable, Equatable {
    /// Enough to be sure, little enough to answer at once.
    public static let maximumRows = 200_000

    public var rows = 0
    /// Rows that would be stored.
    public var accepted = 0
    public var repeated = 0
    /// Rows that add a product to the order before them.
    public var further = 0
    public var quarantined = 0
    public var customers = 0
    public var firstAt: Date?
    public var lastAt: Date?
    /// By currency, in minor units.
    public var amounts: [String: Int64] = [:]
    public var rowsWithConsent = 0
    /// The first hundred rows that would be left out.
    public var problems: [RowProblem] = []
    public var problemCounts: [RowProblemCode: Int] = [:]
    /// Reading stopped at the maximum; the counts are of the beginning of the file.
    public var isPartial = false

    init(path: String, record: ImportRecord) throws {
        let reading = try ImportReading(
            path: path, mapping: record.mapping, columnNames: record.detected.columns.map(\.name),
            form: record.detected.form)
        var people: Set<String> = []
        var bounds: (first: Int64, last: Int64)?
        func span(_ at: Int64) { bounds = (min(bounds?.first ?? at, at), max(bounds?.last ?? at, at)) }
        while let portion = try reading.next() {
            for row in portion.rows {
                people.insert(row.customer)
                amounts[row.currency, default: 0] += row.amountMinor
                if !row.purposes.isEmpty { rowsWithConsent += 1 }
                span(row.placedAt)
            }
            for row in portion.records {
                if let person = row.person { people.insert(person) }
                if let amount = row.amount { amounts[amount.currency, default: 0] += amount.minor }
                if !row.consents.isEmpty { rowsWithConsent += 1 }
                if let at = row.at { span(at) }
            }
            accepted += portion.accepted
            repeated += portion.repeated
            further += portion.further
            quarantined += portion.problems.count
            rows = portion.recordsDone
            for problem in portion.problems {
                problemCounts[problem.code, default: 0] += 1
                if problems.count < 100 { problems.append(problem) }
            }
            if rows >= Self.maximumRows {
                isPartial = true
                break
            }
        }
        customers = people.count
        firstAt = bounds.map { Date(timeIntervalSince1970: Double($0.first) / 1000) }
        lastAt = bounds.map { Date(timeIntervalSince1970: Double($0.last) / 1000) }
    }
}
