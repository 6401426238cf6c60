import Foundation
import Learning

/// The one function that makes features: training, test and scoring all call it, with nothing but their cut-off
/// differing.
enum FeatureCalculator {
    /// Features of the customers at a cut-off, from what came before it only. Columns in the order of `Feature.allCases`,
    /// as far as something is told.
    ///
    /// A customer without orders before the cut-off gets zeros; populations leave such customers out beforehand.
    static func matrix(_ snapshot: Snapshot, customers: ArraySlice<Int>, at cutOff: Int) -> Matrix {
        let features = Feature.columns(snapshot.groups)
        let width = features.count
        var result = Matrix(rows: customers.count, columns: width)
        for (row, customer) in customers.enumerated() {
            let orders = snapshot.orders(of: customer, before: cutOff)
            guard !orders.isEmpty else { continue }
            let measures = PurchaseMeasures(orders, cutOff: cutOff, minorPerUnit: snapshot.minorPerUnit)
            for (column, feature) in Feature.ofOrders.enumerated() {
                result[row, column] = measures.value(of: feature)
            }
            guard features.count > Feature.ofOrders.count else { continue }
            let others = OtherMeasures(snapshot, customer: customer, orders, measures, cutOff: cutOff)
            for (column, feature) in features.enumerated().dropFirst(Feature.ofOrders.count) {
                result[row, column] = others.value(of: feature)
            }
        }
        return result
    }
}

/// What is known besides times and amounts of orders; of groups that no source tells nothing is counted.
private struct OtherMeasures {
    private var seasons: SeasonMeasures?
    private var channels: ChannelMeasures?
    private var products: ProductMeasures?
    private var activity: ActivityMeasures?

    init(
        _ snapshot: Snapshot, customer: Int, _ orders: ArraySlice<OrderPoint>, _ measures: PurchaseMeasures, cutOff: Int
    ) {
        let groups = snapshot.groups
        if groups.contains(.seasons) { seasons = SeasonMeasures(orders, cutOff: cutOff) }
        if groups.contains(.channels) { channels = ChannelMeasures(orders, minorPerUnit: snapshot.minorPerUnit) }
        if groups.contains(.products) {
            products = ProductMeasures(snapshot.activity.products(of: customer), cutOff: cutOff)
        }
        guard groups.contains(where: \.isOfActivity) else { return }
        activity = ActivityMeasures(
            snapshot.activity, customer: customer, cutOff: cutOff, tenure: measures.value(of: .tenureDays),
            spend: measures.value(of: .totalSpend))
    }

    func value(of feature: Feature) -> Double {
        switch feature.group {
        case .orders: 0
        case .seasons: seasons?.value(of: feature) ?? 0
        case .channels: channels?.value(of: feature) ?? 0
        case .products: products?.value(of: feature) ?? 0
        case .events, .messages, .billing: activity?.value(of: feature) ?? 0
        }
    }
}

/// Everything counted in one pass over a customer's orders.
struct PurchaseMeasures {
    private let count: Double
    /// Sums are kept in whole minor units, where they are exact, and divided once.
    private let unit: Double
    private let spend: Series
    private let gaps: Series
    private let recent: Windows
    private let refunded: Double
    private let discounted: Double
    private let recency: Double
    private let tenure: Double

    /// - Precondition: at least one order, oldest first, all before the cut-off.
    init(_ orders: ArraySlice<OrderPoint>, cutOff: Int, minorPerUnit: Double) {
        let amounts = orders.map { Double($0.amountMinor) }
        let isWhole = orders.allSatisfy(\.isConverted)
        unit = minorPerUnit
        let ages = orders.map { Double(cutOff - Int($0.day)) }
        count = Double(orders.count)
        spend = Series(isWhole ? amounts : zip(orders, amounts).filter(\.0.isConverted).map(\.1))
        gaps = Series(zip(ages, ages.dropFirst()).map { $0 - $1 })
        recent = Windows(ages: ages, amounts: amounts)
        refunded = orders.reduce(0) { $0 + Double($1.refundedMinor) }
        discounted = orders.reduce(0) { $0 + Double($1.discountMinor) }
        recency = ages.last ?? 0
        tenure = ages.first ?? 0
    }

    func value(of feature: Feature) -> Double {
        switch feature {
        case .orderCount: count
        case .totalSpend: spend.sum / unit
        case .averageSpend: spend.mean / unit
        case .spendDeviation: spend.deviation / unit
        case .largestOrder: spend.largest / unit
        case .lastOrder: spend.last / unit
        case .spend90: recent.spend90 / unit
        case .spend365: recent.spend365 / unit
        case .refundShare: share(refunded, of: spend.sum)
        case .discountShare: share(discounted, of: spend.sum + discounted)
        case .recencyDays: recency
        case .tenureDays: tenure
        case .daysActive: daysActive
        case .ordersPerDay: count / daysActive
        case .orders0to30: recent.first30
        case .orders30to60: recent.second30
        case .orders0to90: recent.first90
        case .orders90to180: recent.second90
        case .orders180to365: recent.restOfYear
        case .gapMean: usualGap
        case .gapDeviation: gaps.deviation
        case .gapMax: gaps.isEmpty ? tenure : gaps.largest
        case .gapLast: gaps.isEmpty ? tenure : gaps.last
        case .overdue: recency / max(usualGap, 1)
        case .ordersTrend: recent.first90 - recent.second90
        case .spendingConsistency: 1 / (1 + spend.deviation / unit)
        case .recentPace: recent.fresh30
        case .steadyPace: recent.fresh120
        default: 0
        }
    }

    /// Whole days between first and last order, plus one.
    private var daysActive: Double { tenure - recency + 1 }
    /// With one order the tenure stands in for the gap.
    private var usualGap: Double { gaps.isEmpty ? tenure : gaps.mean }

    private func share(_ part: Double, of whole: Double) -> Double { whole > 0 ? min(part / whole, 1) : 0 }

    /// Sum, mean, sample standard deviation (0 for fewer than two values), largest and last of some values.
    private struct Series {
        let sum: Double
        let mean: Double
        let deviation: Double
        let largest: Double
        let last: Double
        let isEmpty: Bool

        init(_ values: [Double]) {
            isEmpty = values.isEmpty
            sum = values.reduce(0, +)
            let average = values.isEmpty ? 0 : sum / Double(values.count)
            mean = average
            let squares = values.reduce(0) { $0 + ($1 - average) * ($1 - average) }
            deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
            largest = values.max() ?? 0
            last = values.last ?? 0
        }
    }

    /// Orders and spend by age in days: yesterday's order is 1 day old; (a, b] means a < age ≤ b.
    private struct Windows {
        var first30 = 0.0
        var second30 = 0.0
        var first90 = 0.0
        var second90 = 0.0
        var restOfYear = 0.0
        var spend90 = 0.0
        var spend365 = 0.0
        /// Orders, each counting half as much for every 30 or 120 days of its age: no edge that an order falls over
        /// from one day to the next.
        var fresh30 = 0.0
        var fresh120 = 0.0

        init(ages: [Double], amounts: [Double]) {
            for age in ages {
                fresh30 += exp2(-age / 30)
                fresh120 += exp2(-age / 120)
            }
            for (age, amount) in zip(ages, amounts) where age <= 365 {
                spend365 += amount
                if age <= 30 { first30 += 1 } else if age <= 60 { second30 += 1 }
                if age <= 90 {
                    first90 += 1
                    spend90 += amount
                } else if age <= 180 {
                    second90 += 1
                } else {
                    restOfYear += 1
                }
            }
        }
    }
}
