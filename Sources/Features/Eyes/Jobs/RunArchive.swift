import BSON
import Customers
import Foundation

/// Everything a run needs, in one text file: a line of JSON, then the rows of the snapshot in canonical form. Whoever has
/// it can repeat the run to the byte, without a database.
public struct RunArchive: Sendable {
    struct Header: Codable, Sendable, Equatable {
        var format = "omnify-eyes-snapshot"
        var version = 1
        let organizationID: String
        let timeZone: String
        let asOfDay: Int
        let minorPerUnit: Double
        let config: EyesConfig
        let context: RunContext

        enum CodingKeys: String, CodingKey {
            case format, version, config, context
            case organizationID = "organization_id"
            case timeZone = "time_zone"
            case asOfDay = "as_of_day"
            case minorPerUnit = "minor_per_unit"
        }
    }

    public enum Damage: Error, Equatable { case header, line(Int) }

    let header: Header
    let snapshot: Snapshot

    init(_ header: Header, _ snapshot: Snapshot) {
        self.header = header
        self.snapshot = snapshot
    }

    /// - Throws: `Damage` with the number of the first line that cannot be read.
    public init(bytes: [UInt8]) throws {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        guard let first = lines.first, let header = try? JSONDecoder().decode(Header.self, from: Data(first)),
            header.format == "omnify-eyes-snapshot", header.version == 1
        else { throw Damage.header }
        var customers: [String] = []
        var rows: [(customer: Int32, row: CanonicalRow)] = []
        var hasPayments = false
        var nobodyOrders = false
        for (index, line) in lines.enumerated().dropFirst() {
            let fields = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            if fields == ["p"] {
                hasPayments = true
            } else if fields == ["q"] {
                nobodyOrders = true
            } else if fields.count == 2, fields[0] == "c" {
                customers.append(fields[1])
            } else if let row = CanonicalRow(fields), !customers.isEmpty {
                rows.append((Int32(customers.count - 1), row))
            } else {
                throw Damage.line(index + 1)
            }
        }
        var builder = SnapshotBuilder(customers: customers, minorPerUnit: header.minorPerUnit)
        builder.hasPayments = hasPayments
        builder.nobodyOrders = nobodyOrders
        for (customer, row) in rows {
            switch row {
            case .order(let point): builder.add(point, customer: customer)
            case .product(let point): builder.add(point, customer: customer)
            case .event(let point): builder.add(point, customer: customer)
            case .subscription(let point): builder.add(point, customer: customer)
            }
        }
        self.init(header, builder.finish())
    }

    public func write(_ write: ([UInt8]) throws -> Void) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try write([UInt8](try encoder.encode(header)) + [UInt8(ascii: "\n")])
        try snapshot.writeCanonical(write)
    }

    /// The run's name, and its documents as concatenated BSON.
    public func run(threads: Int, write: ([UInt8]) throws -> Void) throws -> (runID: String, resultHash: String) {
        let hash = RunName.snapshotHash(snapshot)
        let runID = RunName.runID(
            organizationID: header.organizationID, snapshotHash: hash, asOf: header.asOfDay, zone: header.timeZone,
            config: header.config, frozen: header.context.frozenVersions)
        var pipeline = EyesPipeline(
            snapshot: snapshot, asOf: header.asOfDay, config: header.config, runID: runID, snapshotHash: hash,
            threads: threads)
        header.context.apply(to: &pipeline)
        pipeline.isComplete = ModelCardCheck.isWhole
        let rows = ResultRows(try pipeline.run(), snapshot: snapshot, threads: threads)
        return (runID, try rows.hash(passing: write))
    }
}

/// A row from the words of a canonical line.
private enum CanonicalRow {
    case order(OrderPoint)
    case product(ProductPoint)
    case event(EventPoint)
    case subscription(SubscriptionPoint)

    init?(_ fields: [String]) {
        let found: CanonicalRow? =
            switch (fields.first, fields.count) {
            case ("o", 6), ("o", 7): Self.order(fields)
            case ("u", 3), ("u", 4): Self.unconverted(fields)
            case ("l", 5): Self.product(fields)
            case ("e", 7): Self.event(fields)
            case ("s", 4): Self.subscription(fields)
            default: nil
            }
        guard let found else { return nil }
        self = found
    }

    private static func order(_ fields: [String]) -> CanonicalRow? {
        guard let placedAt = Int64(fields[1]), let day = Int32(fields[2]), let amount = Int64(fields[3]),
            let refunded = Int64(fields[4]), let discount = Int64(fields[5]), let channel = channel(fields.dropFirst(6))
        else { return nil }
        return .order(
            OrderPoint(
                placedAt: placedAt, day: day, amountMinor: amount, refundedMinor: refunded, discountMinor: discount,
                channel: channel))
    }

    private static func unconverted(_ fields: [String]) -> CanonicalRow? {
        guard let placedAt = Int64(fields[1]), let day = Int32(fields[2]), let channel = channel(fields.dropFirst(3))
        else { return nil }
        return .order(
            OrderPoint(
                placedAt: placedAt, day: day, amountMinor: 0, refundedMinor: 0, discountMinor: 0, channel: channel,
                isConverted: false))
    }

    /// The last word of an order's line, where there is one.
    private static func channel(_ rest: ArraySlice<String>) -> OrderChannel? {
        rest.first.map { UInt8($0).flatMap(OrderChannel.init(rawValue:)) } ?? .untold
    }

    private static func product(_ fields: [String]) -> CanonicalRow? {
        guard let at = Int64(fields[1]), let day = Int32(fields[2]), let product = UInt32(fields[3]),
            let quantity = Int32(fields[4])
        else { return nil }
        return .product(ProductPoint(at: at, day: day, product: product, quantity: quantity))
    }

    private static func event(_ fields: [String]) -> CanonicalRow? {
        guard let at = Int64(fields[1]), let day = Int32(fields[2]), let kind = UInt8(fields[3]),
            let kind = EventKind(rawValue: kind), let type = UInt32(fields[4]), let channel = UInt32(fields[5]),
            let content = UInt64(fields[6])
        else { return nil }
        return .event(EventPoint(at: at, day: day, kind: kind, type: type, channel: channel, content: content))
    }

    private static func subscription(_ fields: [String]) -> CanonicalRow? {
        guard let start = Int32(fields[1]), let interval = Int32(fields[3]), fields[2] == "-" || Int32(fields[2]) != nil
        else { return nil }
        return .subscription(SubscriptionPoint(startDay: start, endDay: Int32(fields[2]), intervalDays: interval))
    }
}
