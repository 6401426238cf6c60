import Connectors
import Customers
import Foundation
import Records
import Tenancy

/// Our rows of a source, as they stand against its summary.
struct OwnSide: Sendable {
    let scope: TenantScope
    let service: ConnectionsService
    let connection: Connection
    let rules: SummaryRules

    private var sold: SourceReading { SourceReading(scope, service.database, connectionID: connection.id) }
    private var records: RecordReader { RecordReader(scope, service.database, connectionID: connection.id) }

    /// When the streams that bring these rows were last read well.
    func asOf() async throws -> Date? {
        let wanted: [String] =
            switch rules.basis {
            case .orders: ["orders"]
            case .payments: ["payments", "refunds"]
            case .days(let level): [level == "account" ? "account_days" : "metric_days"]
            case .customers: ["customers"]
            }
        let there = Set(service.streamNames(connection.platform))
        return try await service.lastRead(scope, connection.id, streams: wanted.filter(there.contains))
    }

    func fill(_ facts: inout DayCase) async throws {
        switch rules.basis {
        case .orders: try await fillOrders(&facts)
        case .payments: try await fillPayments(&facts)
        case .days(let level): try await fillFigures(&facts, level)
        case .customers: try await fillPeople(&facts)
        }
    }

    /// The day in both zones.
    private func window(_ facts: DayCase) -> (from: Date, to: Date)? {
        let spans = [facts.ownZone, facts.sourceZone].compactMap {
            VendorTime.span(from: facts.day, to: facts.day, in: $0)
        }
        guard let from = spans.map(\.from).min(), let to = spans.map(\.to).max() else { return nil }
        return (from, to)
    }

    private func fillOrders(_ facts: inout DayCase) async throws {
        guard let window = window(facts) else { return }
        let orders = try await sold.orders(from: window.from, to: window.to)
        let refunded = orders.filter { $0.refundedMinor > 0 }.map(\.externalID)
        let dated = try await records.payments(from: window.from, to: window.to).filter { $0.kind == .refund }
        let others = try await records.refunds(ofOrders: refunded)
        // Refunds of the day may be of orders long ago.
        let known = Set(orders.map(\.externalID))
        let older = try await sold.orders(
            externalIDs: Set(dated.compactMap(\.orderExternalID)).subtracting(known).sorted())
        facts.sales = (orders + older).map(row)
        facts.refunds = unique(dated + others).map(row)
    }

    private func fillPayments(_ facts: inout DayCase) async throws {
        guard let window = window(facts) else { return }
        let payments = try await records.payments(from: window.from, to: window.to)
        facts.sales = payments.filter { $0.kind == .charge }.map(row)
        facts.refunds = payments.filter { $0.kind == .refund }.map(row)
    }

    private func fillFigures(_ facts: inout DayCase, _ level: String) async throws {
        let gone = level == "campaign" ? try await records.deletedCampaigns() : []
        facts.entities = try await records.metricDays(
            source: connection.platform, level: level, days: facts.day...facts.day
        ).map { view in
            var figures: [SummaryMetric: Int64] = [:]
            figures[.spend] = view.spendMinor
            figures[.orders] = view.orders
            figures[.revenue] = view.revenueMinor
            figures[.refunds] = view.refundMinor
            return FigureRow(
                view.entityExternalID, recordID: view.id, currency: view.currency, figures: figures,
                isDeleted: gone.contains(view.entityExternalID))
        }
    }

    private func fillPeople(_ facts: inout DayCase) async throws {
        guard let window = window(facts) else { return }
        facts.sales = try await sold.people(from: window.from, to: window.to).map { person in
            var row = OwnRow(
                person.externalID, recordID: person.id, at: person.createdAt ?? .distantPast, amountMinor: 1,
                currency: facts.currency, firstSeenAt: person.firstSeenAt)
            row.deletedAt = person.deletedAt
            return row
        }
    }

    /// Rows the source names that we have under another day.
    func add(named source: [SourceRow], to facts: inout DayCase) async throws {
        let sales = ids(of: .sale, in: source, without: facts.sales)
        let refunds = ids(of: .refund, in: source, without: facts.refunds)
        switch rules.basis {
        case .orders: facts.sales += try await sold.orders(externalIDs: sales).map(row)
        case .payments: facts.sales += try await records.payments(externalIDs: sales).map(row)
        case .days, .customers: return
        }
        facts.refunds += try await records.payments(externalIDs: refunds).map(row)
    }

    private func ids(of kind: SourceRow.Kind, in source: [SourceRow], without rows: [OwnRow]) -> [String] {
        Set(source.filter { $0.kind == kind }.map(\.externalID)).subtracting(rows.map(\.externalID)).sorted()
    }

    private func unique(_ payments: [PaymentView]) -> [PaymentView] {
        Dictionary(payments.map { ($0.id, $0) }) { first, _ in first }.values.sorted { $0.id < $1.id }
    }

    private func row(_ order: SourceOrder) -> OwnRow {
        var row = OwnRow(
            order.externalID, recordID: order.id, at: order.placedAt, amountMinor: order.totalMinor,
            currency: order.currency, firstSeenAt: order.firstSeenAt)
        if scope.organization.currency == connection.accountCurrency {
            row.convertedMinor = order.organizationAmountMinor
        }
        row.isTest = order.isTest
        row.isCancelled = order.isCancelled
        row.deletedAt = order.deletedAt
        row.refundedMinor = order.refundedMinor
        return row
    }

    /// Money that did not move, or not yet, counts like a cancelled sale: nowhere.
    private func row(_ payment: PaymentView) -> OwnRow {
        var row = OwnRow(
            payment.externalID, recordID: payment.id, at: payment.at, amountMinor: payment.amountMinor,
            currency: payment.currency, firstSeenAt: payment.firstSeenAt)
        row.isCancelled = payment.status != "succeeded"
        row.deletedAt = payment.deletedAt
        row.saleExternalID = payment.orderExternalID
        return row
    }
}
