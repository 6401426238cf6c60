import BSON

// In one walk over the bytes: a page reads a hundred rows of forty fields each.
extension StoredScore {
    init(bson: BSONDocument) throws {
        var (id, runID, customerID): (String?, String?, String?)
        var segment: Int?
        var facts: ReasonFacts?
        var overdue: Double?
        var (spend90, spend365): (Int64?, Int64?)
        var scores = [HorizonScore?](repeating: nil, count: Horizon.allCases.count)
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            switch field.key {
            case "_id": id = try field.string()
            case "run_id": runID = try field.string()
            case "customer_id": customerID = try field.string()
            case "segment": segment = try field.int()
            case "facts": facts = ReasonFacts(stored: try field.doubles())
            case "overdue": overdue = try field.double()
            case "spend_90_minor": spend90 = try field.int64()
            case "spend_365_minor": spend365 = try field.int64()
            default:
                for (place, horizon) in Horizon.allCases.enumerated() where field.key == horizon.key {
                    scores[place] = try HorizonScore(field)
                }
            }
        }
        guard let id, let runID, let customerID, let facts, let overdue, let spend90, let spend365 else {
            throw EyesError.damagedRow(id ?? "")
        }
        self.init(
            id: id, runID: runID, customerID: customerID, segment: segment, facts: facts, overdue: overdue,
            spend90Minor: spend90, spend365Minor: spend365, scores: scores)
    }
}

extension HorizonScore {
    fileprivate init(_ field: BSONField) throws {
        var (probability, base, adjustment, rank, times): (Double?, Double?, Double?, Double?, Double?)
        var level: RiskLevel?
        var parts: [Double] = []
        var (tenth, place, riskPlace): (Int?, Int?, Int?)
        var value: Int64?
        var change: BandChange?
        var reader = try field.reader()
        while let field = try reader.next() {
            switch field.key {
            case "risk_score": probability = try field.double()
            case "risk_level": level = RiskLevel(rawValue: try field.string())
            case "base": base = try field.double()
            case "parts": parts = try field.doubles()
            case "adjustment": adjustment = try field.double()
            case "rank_percentile": rank = try field.double()
            case "times_average": times = try field.double()
            case "tenth": tenth = try field.int()
            case "value_at_risk_minor": value = try field.int64()
            case "change": change = try BandChange(field)
            case "place": place = try field.int()
            case "risk_place": riskPlace = try field.int()
            default: break
            }
        }
        guard let level, let base, let adjustment, let rank, let times, let place, let riskPlace else {
            throw EyesError.damagedRow(field.name)
        }
        self.init(
            probability: probability, level: level, base: base, parts: parts, adjustment: adjustment,
            rankPercentile: rank, timesAverage: times, tenth: tenth, valueAtRiskMinor: value, change: change,
            place: place, riskPlace: riskPlace)
    }
}

extension BandChange {
    /// Nil for a feature that this version does not know.
    fileprivate init?(_ field: BSONField) throws {
        var feature: Feature?
        var level: RiskLevel?
        var (from, to): (Double?, Double?)
        var reader = try field.reader()
        while let field = try reader.next() {
            switch field.key {
            case "feature": feature = Feature(rawValue: try field.string())
            case "risk_level": level = RiskLevel(rawValue: try field.string())
            case "from": from = try field.double()
            case "to": to = try field.double()
            default: break
            }
        }
        guard let feature, let level, let from, let to else { return nil }
        self.init(feature: feature, from: from, to: to, level: level)
    }
}

extension BSONField {
    /// The numbers of an array.
    fileprivate func doubles() throws -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(16)
        var reader = try reader()
        while let field = try reader.next() { values.append(try field.double()) }
        return values
    }
}
