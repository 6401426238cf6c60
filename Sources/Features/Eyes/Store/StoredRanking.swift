import BSON
import Tenancy

/// A list that a run puts people in, from place 0 on.
enum RankedList: Hashable, Sendable {
    /// Everybody scored for a horizon.
    case scores(Horizon, ScoreQuery.Order)
    /// The members of a segment, by spend of the last year.
    case segment(Int)

    var key: String {
        switch self {
        case .scores(let horizon, let order): "\(horizon.key)-\(order.rawValue)"
        case .segment(let number): "segment-\(number)"
        }
    }
}

/// A stretch of consecutive places of a list, with what the list is filtered by: where people stand is kept in these
/// instead of in indexes over a run's rows, of which each would cost more than writing the rows.
struct StoredRanking: TenantDocument, Sendable, Equatable {
    let id: String
    let runID: String
    let list: String
    /// Place of the first entry.
    let from: Int
    var entries: [RankedEntry]

    /// Places in a stretch.
    static let length = 500

    static let spec = CollectionSpec(
        "eyes_rankings",
        validator: .schema(
            required: ["run_id", "list", "from", "customers"],
            properties: ["run_id": ["bsonType": "string"], "customers": ["bsonType": "array"]]))

    init(runID: String, list: RankedList, from: Int, entries: [RankedEntry]) {
        id = Self.id(runID: runID, list: list, holding: from)
        self.runID = runID
        self.list = list.key
        self.from = from
        self.entries = entries
    }

    /// The stretch that holds a place. Stretches of a list stand in the order of their ids.
    static func id(runID: String, list: RankedList, holding place: Int) -> String {
        let stretch = String(max(place, 0) / length)
        return prefix(runID) + list.key + "." + String(repeating: "0", count: max(7 - stretch.count, 0)) + stretch
    }

    static func prefix(_ runID: String) -> String { "\(runID.dropFirst(4))." }

    func bson() -> BSONDocument {
        var writer = BSONWriter(capacity: 300 + 60 * entries.count)
        writer.append("_id", id)
        writer.append("run_id", runID)
        writer.append("list", list)
        writer.append("from", Int32(clamping: from))
        writer.array("customers") { array in for entry in entries { array.append(entry.customerID) } }
        writer.append("levels", entries.map { $0.level?.byte ?? Self.untold })
        writer.append("segments", entries.map { $0.segment.flatMap(UInt8.init(exactly:)) ?? Self.untold })
        writer.append("risk_places", entries.flatMap { Self.bytes(UInt32(clamping: $0.riskPlace)) })
        return writer.finish()
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        runID = try bson.string("run_id")
        list = try bson.string("list")
        from = try bson.int("from")
        let customers = try bson.array("customers").compactMap(\.stringValue)
        let (levels, segments) = (try Self.bytes(bson, "levels"), try Self.bytes(bson, "segments"))
        let places = try Self.bytes(bson, "risk_places")
        guard levels.count == customers.count, segments.count == customers.count, places.count == 4 * customers.count
        else { throw EyesError.damagedRow(id) }
        entries = customers.indices.map { index in
            RankedEntry(
                customerID: customers[index], level: RiskLevel(byte: levels[index]),
                segment: segments[index] == Self.untold ? nil : Int(segments[index]),
                riskPlace: (0..<4).reduce(0) { $0 | Int(places[4 * index + $1]) << (8 * $1) })
        }
    }

    mutating func forget(_ customers: Set<String>) {
        for index in entries.indices where customers.contains(entries[index].customerID) {
            entries[index].customerID = RankedEntry.nobody.customerID
        }
    }

    private static let untold = UInt8.max

    private static func bytes(_ bson: BSONDocument, _ field: String) throws -> [UInt8] {
        try bson.field(field)?.binary().bytes ?? []
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}

/// Who stands at a place of a list.
struct RankedEntry: Sendable, Equatable {
    /// Empty for somebody who was forgotten since; the place stays.
    var customerID: String
    /// Nil in a segment's list.
    var level: RiskLevel?
    var segment: Int?
    /// Place by risk on the list's horizon.
    var riskPlace = 0

    static let nobody = RankedEntry(customerID: "")
}

extension RiskLevel {
    fileprivate var byte: UInt8 {
        switch self {
        case .high: 0
        case .medium: 1
        case .low: 2
        }
    }

    fileprivate init?(byte: UInt8) {
        guard let level = Self.allCases.first(where: { $0.byte == byte }) else { return nil }
        self = level
    }
}
