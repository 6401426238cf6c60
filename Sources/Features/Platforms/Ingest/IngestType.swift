import Records

/// What can be sent row by row, with ids of the sender's own.
enum IngestType: String, Sendable, Codable, CaseIterable {
    case customers, orders, events
    case metricDays = "metric-days"
    case metricMinutes = "metric-minutes"
    case products, payments, consents, usage

    /// The rows as they are stored; nil where they are about people.
    var row: (any RecordRow.Type)? {
        switch self {
        case .customers, .orders, .consents: nil
        case .events: EventInput.self
        case .metricDays: MetricDayInput.self
        case .metricMinutes: MetricMinuteInput.self
        case .products: ProductInput.self
        case .payments: PaymentInput.self
        case .usage: UsageInput.self
        }
    }

    /// Rows about people change what is derived of them: one request at a time writes these.
    var touchesPeople: Bool { row == nil }

    /// The name of the stream that rows are stored under.
    var stream: String { rawValue.replacing("-", with: "_") }
}
