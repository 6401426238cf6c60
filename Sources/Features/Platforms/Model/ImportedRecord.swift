import Customers
import Foundation
import Records

/// A row of a file, other than an order, understood.
struct ImportedRecord: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        case customer(CustomerInput)
        case event(EventInput)
        case metricDay(MetricDayInput)
        case product(ProductInput)
        case payment(PaymentInput)
        case usage(UsageInput)
        case benchmark(BenchmarkInput)
    }

    var line: Int
    var content: Content
    /// Whom the row names, by the source's id.
    var person: String?
    /// Consent columns of the row.
    var consents: [ConsentInput] = []
    /// UTC milliseconds of what the row tells, where it tells a moment.
    var at: Int64?
    /// What the dry run adds up, in minor units.
    var amount: (minor: Int64, currency: String)?

    static func == (a: ImportedRecord, b: ImportedRecord) -> Bool {
        a.line == b.line && a.content == b.content && a.person == b.person && a.consents == b.consents && a.at == b.at
            && a.amount?.minor == b.amount?.minor && a.amount?.currency == b.amount?.currency
    }
}

/// The rows of a portion by kind, as the stores take them.
struct ImportedRows: Sendable {
    var people = WriteBatch()
    var events: [EventInput] = []
    var metricDays: [MetricDayInput] = []
    var products: [ProductInput] = []
    var payments: [PaymentInput] = []
    var usage: [UsageInput] = []
    var benchmarks: [BenchmarkInput] = []

    init(_ records: [ImportedRecord]) {
        for record in records {
            people.consents += record.consents
            switch record.content {
            case .customer(let row): people.customers.append(row)
            case .event(let row): events.append(row)
            case .metricDay(let row): metricDays.append(row)
            case .product(let row): products.append(row)
            case .payment(let row): payments.append(row)
            case .usage(let row): usage.append(row)
            case .benchmark(let row): benchmarks.append(row)
            }
            if case .customer = record.content { continue }
            if let person = record.person { people.people.append(person) }
        }
    }
}
