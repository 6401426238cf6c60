import Web

/// Addresses of EYES below `/o/{slug}`, made in one place for routes and links.
struct EyesPaths: Sendable {
    let prefix: String

    init(slug: String) { prefix = "/o/" + slug }

    var index: String { prefix + "/eyes" }
    var start: String { prefix + "/eyes/run" }
    var runs: String { prefix + "/eyes/runs" }
    var customers: String { prefix + "/customers" }
    var imports: String { prefix + "/imports" }
    var connections: String { prefix + "/connections" }
    var organization: String { prefix + "/settings/organization" }

    func run(_ id: String) -> String { prefix + "/eyes/runs/" + id }
    func repeatRun(_ id: String) -> String { run(id) + "/repeat" }
    func repetition(_ id: String, _ jobID: String) -> String { run(id) + "/repeats/" + jobID }
    func runInput(_ id: String) -> String { run(id) + "/input" }
    func cancel(_ jobID: String) -> String { prefix + "/eyes/runs/" + jobID + "/cancel" }
    func stream(_ jobID: String) -> String { prefix + "/eyes/runs/" + jobID + "/stream" }
    func segment(_ id: String) -> String { prefix + "/eyes/segments/" + id }
    func model(_ version: String) -> String { prefix + "/eyes/models/" + version }
    /// A person as EYES sees them.
    func customer(_ id: String) -> String { prefix + "/eyes/customers/" + id }
    /// The same person's own page, with orders and consents.
    func profile(_ id: String) -> String { prefix + "/customers/" + id }
    func review(_ id: String) -> String { customer(id) + "/review" }

    var profit: String { prefix + "/eyes/profit" }
    var campaigns: String { prefix + "/eyes/campaigns" }

    var rules: String { prefix + "/eyes/rules" }
    func rule(_ id: String) -> String { rules + "/" + id }
    func ruleBuilder(_ id: String) -> String { rule(id) + "/builder" }

    func export(_ list: ListQuery, _ format: ListFormat) -> String {
        prefix + "/eyes/export?format=\(format.rawValue)&" + list.query
    }

    func campaign(_ id: String) -> String { campaigns + "/" + id }

    /// The form of a campaign for a list.
    func newCampaign(_ list: ListQuery) -> String { campaigns + "/new?" + list.query }

    /// The slider with other figures; `rest` begins with "&".
    func profitCut(_ horizon: Horizon, _ rest: String) -> String { tab(.churn, horizon) + rest + "#profit" }

    func tab(_ tab: EyesTab, _ horizon: Horizon) -> String {
        index + "?tab=\(tab.rawValue)&horizon=\(horizon.timeframe)"
    }

    /// The churn table with its filters; nil leaves a filter out.
    func churn(_ filter: ChurnFilter, cut: Int? = nil, cursor: String? = nil) -> String {
        var address = tab(.churn, filter.horizon)
        if let band = filter.band { address += "&band=\(band.rawValue)" }
        if let segment = filter.segmentID { address += "&segment=\(PercentCoding.encode(segment))" }
        if filter.sort != .value { address += "&sort=\(filter.sort.rawValue)" }
        if let rank = filter.rank { address += "&rank=\(rank.rawValue)" }
        if let cut { address += "&cut=\(cut)" }
        if let cursor { address += "&cursor=\(cursor)" }
        return address
    }
}

enum EyesTab: String, Sendable, CaseIterable {
    case segments, churn
    case crossPlatform = "cross"
    case learning
}

/// The churn table's filters as they stand in the address.
struct ChurnFilter: Sendable, Equatable {
    var horizon: Horizon
    var band: RiskLevel?
    var segmentID: String?
    var sort: ScoreQuery.Order = .value
    var rank: RankBand?

    var isEmpty: Bool { band == nil && segmentID == nil && rank == nil }
}

/// Bands by place instead of probability, for when most customers fall in one band.
enum RankBand: String, Sendable, CaseIterable {
    /// The tenth with the highest risk, the two tenths after it, and the others.
    case top, next, rest

    func places(of count: Int) -> Range<Int> {
        let first = Int((Double(count) * 0.1).rounded())
        let second = Int((Double(count) * 0.3).rounded())
        switch self {
        case .top: return 0..<first
        case .next: return first..<second
        case .rest: return second..<max(count, second)
        }
    }
}
