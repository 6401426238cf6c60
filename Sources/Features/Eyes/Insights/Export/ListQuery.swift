import Web

/// A list of scored customers as the screen shows it: its filter, and how many from the top.
struct ListQuery: Sendable, Equatable {
    var filter: ChurnFilter
    /// The slider's cut; nil for everybody the filter matches.
    var cut: Int?

    /// What stands in the file's head and in the audit log.
    func words(runID: String) -> [(name: String, value: String)] {
        var words = [("run_id", runID), ("horizon", filter.horizon.timeframe), ("sort", filter.sort.rawValue)]
        if let band = filter.band { words.append(("band", band.rawValue)) }
        if let segment = filter.segmentID { words.append(("segment", segment)) }
        if let rank = filter.rank { words.append(("rank", rank.rawValue)) }
        if let cut { words.append(("cut", String(cut))) }
        return words
    }

    /// A rule's members change without the data.
    var isOfRule: Bool { filter.segmentID.map(StoredRule.isRule) ?? false }

    /// As it stands in an address; two lists that differ have two addresses.
    var query: String {
        var text = "horizon=\(filter.horizon.timeframe)&sort=\(filter.sort.rawValue)"
        if let band = filter.band { text += "&band=\(band.rawValue)" }
        if let segment = filter.segmentID { text += "&segment=\(PercentCoding.encode(segment))" }
        if let rank = filter.rank { text += "&rank=\(rank.rawValue)" }
        if let cut { text += "&cut=\(cut)" }
        return text
    }

    init(filter: ChurnFilter, cut: Int? = nil) {
        self.filter = filter
        self.cut = cut
    }

    /// - Throws: 400 for a word that is none of the filter's.
    init(_ query: Query) throws {
        var filter = ChurnFilter(horizon: .days90)
        if let text = query["horizon"] {
            guard let horizon = Horizon(timeframe: text) else {
                throw Problem.badRequest("eyes_timeframe", "The horizon is 30d, 60d or 90d.")
            }
            filter.horizon = horizon
        }
        filter.band = try query.choice("band", RiskLevel.self)
        filter.segmentID = query["segment"]
        filter.sort = try query.choice("sort", ScoreQuery.Order.self) ?? .value
        filter.rank = try query.choice("rank", RankBand.self)
        self.init(filter: filter, cut: try query.integer("cut", in: 0...100_000_000))
    }
}

/// The shape of a file.
enum ListFormat: String, Sendable, CaseIterable {
    case csv, jsonl

    var contentType: String { self == .csv ? "text/csv; charset=utf-8" : "application/x-ndjson" }

    /// What a program asks for on a list route; nil where it wants JSON.
    static func accepted(_ request: Request) -> ListFormat? {
        let accept = request.headers[.accept]?.lowercased() ?? ""
        if accept.contains("text/csv") { return .csv }
        return accept.contains("application/x-ndjson") ? .jsonl : nil
    }
}
