/// What can be sent row by row, with ids of the sender's own.
enum IngestType: String, Sendable, CaseIterable {
    case customers, orders, events
    case metricDays = "metric-days"
    case metricMinutes = "metric-minutes"
    case products, payments, consents, usage

    /// Rows about people change what is derived of them: one request at a time writes these.
    var touchesPeople: Bool {
        switch self {
        case .customers, .orders, .consents: true
        case .events, .metricDays, .metricMinutes, .products, .payments, .usage: false
        }
    }

    /// The name of the stream that rows are stored under.
    var stream: String { rawValue.replacing("-", with: "_") }
}
