import Customers
import Records

/// Stores the rows of one import, of whatever kind, and takes them back.
struct ImportStore: Sendable {
    let template: ImportTemplate
    let people: CustomerWriter
    let records: RecordWriter

    func write(_ portion: ImportPortion) async throws {
        if !portion.rows.isEmpty { _ = try await people.write(portion.batch()) }
        guard !portion.records.isEmpty else { return }
        let rows = ImportedRows(portion.records)
        if template.namesPeople { _ = try await people.write(rows.people) }
        _ = try await records.write(rows.events)
        _ = try await records.write(rows.metricDays)
        _ = try await records.write(rows.products)
        _ = try await records.write(rows.payments)
        _ = try await records.write(rows.usage)
        _ = try await records.write(rows.benchmarks)
    }

    /// Counts from what is stored, so that a crash and a second try cannot count anything twice.
    func count(_ tally: ImportTally) async throws -> ImportCounts {
        let summary = try await people.summary()
        var counts = tally.counts(summary)
        guard let stored = try await stored(summary) else { return counts }
        counts.ordersUnchanged = 0
        counts.recordsNew = stored.new
        counts.recordsUpdated = stored.updated
        counts.recordsUnchanged = max(0, tally.valid - stored.new - stored.updated)
        return counts
    }

    /// Rows that are no orders; nil where all are.
    private func stored(_ people: ImportSummary) async throws -> RecordCounts? {
        switch template {
        case .orders: return nil
        case .customers:
            var counts = RecordCounts()
            counts.new = people.customersNew
            counts.updated = people.customersUpdated
            return counts
        case .events: return try await records.summary(EventInput.self)
        case .metricDays: return try await records.summary(MetricDayInput.self)
        case .products: return try await records.summary(ProductInput.self)
        case .payments: return try await records.summary(PaymentInput.self)
        case .usage: return try await records.summary(UsageInput.self)
        case .benchmarks: return try await records.summary(BenchmarkInput.self)
        }
    }

    /// Rows that name people go before the people: whoever has others stays.
    func undo() async throws -> ImportSummary {
        switch template {
        case .orders, .customers: break
        case .events: try await records.undo(EventInput.self)
        case .metricDays: try await records.undo(MetricDayInput.self)
        case .products: try await records.undo(ProductInput.self)
        case .payments: try await records.undo(PaymentInput.self)
        case .usage: try await records.undo(UsageInput.self)
        case .benchmarks: try await records.undo(BenchmarkInput.self)
        }
        guard template.namesPeople else { return ImportSummary() }
        return try await people.undo()
    }
}
