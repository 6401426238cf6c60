import Foundation
import Learning

@testable import Eyes

/// Hand-made and generated shops for the tests.
enum Shop {
    /// A snapshot of customers "c0001", … with orders given as (day, amount in units).
    static func snapshot(_ customers: [[(day: Int, amount: Double)]]) -> Snapshot {
        var builder = SnapshotBuilder(customers: customers.indices.map(name), minorPerUnit: 100)
        for (index, orders) in customers.enumerated() {
            for order in orders { builder.add(point(order.day, order.amount), customer: Int32(index)) }
        }
        return builder.finish()
    }

    static func name(_ index: Int) -> String {
        let digits = String(index)
        return "c" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    static func point(_ day: Int, _ amount: Double, refunded: Double = 0, discount: Double = 0) -> OrderPoint {
        OrderPoint(
            placedAt: Int64(day) * 86_400_000 + 43_200_000, day: Int32(day),
            amountMinor: Int64((amount * 100).rounded()), refundedMinor: Int64((refunded * 100).rounded()),
            discountMinor: Int64((discount * 100).rounded()))
    }

    /// Customers who order at their own rate until they stop for good; the last day is `lastDay`.
    static func generated(_ count: Int, days: Int, seed: UInt64, lastDay: Int = 10_000) -> Snapshot {
        var generator = SeededGenerator(seed: seed)
        let first = lastDay - days + 1
        var customers: [[(day: Int, amount: Double)]] = []
        for _ in 0..<count {
            let gap = exp(generator.uniform(in: 1.8...4.4))
            let stop = -log(1 - generator.unit()) * 220
            let start = Double(first) + generator.uniform(in: 0...Double(max(days - 30, 1)))
            var at = start
            var orders: [(day: Int, amount: Double)] = []
            let size = exp(generator.uniform(in: 2...4.5))
            while at <= Double(lastDay), at - start <= stop || orders.isEmpty {
                orders.append((Int(at), (size * generator.uniform(in: 0.6...1.5) * 100).rounded() / 100))
                at += max(1, -log(1 - generator.unit()) * gap)
            }
            customers.append(orders)
        }
        return snapshot(customers)
    }

    /// A table with only the purchase space filled: what the clustering looks at.
    static func table(recency: [Double], orders: [Double], spend: [Double]) -> FeatureTable {
        var values = Matrix(rows: recency.count, columns: Feature.allCases.count)
        for row in recency.indices {
            values[row, Feature.recencyDays.column] = recency[row]
            values[row, Feature.orderCount.column] = orders[row]
            values[row, Feature.totalSpend.column] = spend[row]
        }
        return FeatureTable(customers: Array(recency.indices), cutOff: 0, values: values)
    }
}

/// The public CDNOW orders, which lie beside the repository.
enum CDNOW {
    /// 1 April 1998 and the day after the last order.
    static let scoreDate = 10_317
    static let end = 10_408

    /// - Parameter id: the id that a customer of the file goes by
    static func snapshot(id: (Substring) -> String = { String($0) }) throws -> Snapshot {
        let text = String(decoding: try Data(contentsOf: file()), as: UTF8.self)
        var rows: [(customer: String, order: OrderPoint)] = []
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: ",")
            guard fields.count == 4, let amount = Double(fields[3]), let day = day(fields[1]) else { continue }
            rows.append((id(fields[0]), Shop.point(day, amount)))
        }
        let customers = Set(rows.map(\.customer)).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: zip(customers, customers.indices))
        var builder = SnapshotBuilder(customers: customers, minorPerUnit: 100)
        for row in rows { builder.add(row.order, customer: Int32(numbers[row.customer] ?? 0)) }
        return builder.finish()
    }

    /// `shared/data` of the directory above the repository, or above that.
    private static func file() throws -> URL {
        var directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        for _ in 0..<6 {
            directory = directory.deletingLastPathComponent()
            let candidate = directory.appendingPathComponent("shared/data/cdnow_orders.csv")
            if FileManager.default.fileExists(atPath: candidate.path) { return candidate }
        }
        throw CocoaError(.fileNoSuchFile)
    }

    private static func day(_ text: Substring) -> Int? {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        var components = DateComponents()
        (components.year, components.month, components.day) = (parts[0], parts[1], parts[2])
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(from: components).map { Int($0.timeIntervalSince1970 / 86_400) }
    }
}
