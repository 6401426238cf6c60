import Customers
import Web

extension RunPages {
    /// Everything that takes part in nothing, with its reason.
    func leftOut(_ run: StoredRun) -> DataTable {
        DataTable(
            id: "left-out", caption: speech.t("run.left_out"), note: speech.t("run.left_out_note"),
            columns: [
                TableColumn(speech.t("run.left_out_reason"), wraps: true),
                TableColumn(speech.t("run.left_out_count"), .end),
            ],
            rows: LeftOut.all(run).map { row in
                [
                    .text(speech.t("run.left_out_reasons.\(row.reason.rawValue)")),
                    row.count.map { .number(words.number($0)) } ?? .none,
                ]
            }, compact: true)
    }
}

/// One reason for which rows or people take part in nothing, and how many; nil where a run has not kept it.
struct LeftOut: Sendable, Equatable {
    enum Reason: String, Sendable, CaseIterable {
        case testOrders = "test_orders"
        case cancelledOrders = "cancelled_orders"
        case unconvertedOrders = "unconverted_orders"
        case retoldOrders = "retold_orders"
        case futureOrders = "future_orders"
        case machineEvents = "machine_events"
        case futureEvents = "future_events"
        case mergedCustomers = "merged_customers"
        case erasedCustomers = "erased_customers"
        case lostMeanwhile = "lost_meanwhile"
    }

    let reason: Reason
    let count: Int?

    static func all(_ run: StoredRun) -> [LeftOut] { Reason.allCases.map { LeftOut(reason: $0, count: $0.count(run)) } }
}

extension LeftOut.Reason {
    fileprivate func count(_ run: StoredRun) -> Int? {
        switch self {
        case .testOrders: run.orders.test
        case .cancelledOrders: run.orders.cancelled
        case .unconvertedOrders: run.orders.unconverted
        case .retoldOrders: run.orders.retold ?? 0
        case .futureOrders: run.leftOut?.futureOrders
        case .machineEvents: run.excludedEvents?.machine
        case .futureEvents: run.excludedEvents?.future
        case .mergedCustomers: run.leftOut?.mergedCustomers
        case .erasedCustomers: run.leftOut?.erasedCustomers
        case .lostMeanwhile: run.leftOut?.lostMeanwhile
        }
    }
}
