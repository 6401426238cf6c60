import Customers
import Foundation
import Records

/// Rows of files that hold no orders.
extension RowReader {
    mutating func readRecord(_ record: CSVRecord) throws(CellProblem) -> RowOutcome {
        // The key of a row without an id is what its cells say, whatever columns are mapped.
        let digest = Self.digest((0..<record.count).map { record[$0].trimmed })
        let row: ImportedRecord
        let id: String
        switch mapping.template {
        case .orders, .customers: (row, id) = try customer(record)
        case .events: (row, id) = try event(record, cells.text(.id, record) ?? key(digest))
        case .metricDays: (row, id) = try metricDay(record)
        case .products: (row, id) = try product(record)
        case .payments: (row, id) = try payment(record, cells.text(.id, record) ?? key(digest))
        case .usage: (row, id) = try usage(record)
        case .benchmarks: (row, id) = try benchmark(record)
        }
        let isKeyedByContent = [.events, .payments].contains(mapping.template) && cells.field(.id, record) == nil
        if isKeyedByContent { return .record(row) }
        let ofThing = mapping[.entity] ?? mapping[.account] ?? mapping[.metric]
        let column = mapping[.id] ?? mapping[.customer] ?? ofThing ?? 0
        return try isNew(id, content: digest, .idReused, column, record) ? .record(row) : .repeated
    }

    private func customer(_ record: CSVRecord) throws(CellProblem) -> (ImportedRecord, String) {
        let email = try cells.email(record)
        guard let id = cells.customer(record, email: email) else { throw cells.missingCustomer() }
        let since = cells.field(.date, record) == nil ? nil : try cells.date(.date, mapping.dateFormat, record)
        let country = cells.text(.country, record)?.uppercased()
        if let country, country.utf8.count != 2 { throw cells.problem(.badCountry, mapping[.country] ?? 0, record) }
        let tags = cells.text(.tags, record, longest: 4000)?.split { ";|,".contains($0) }.map { tag in
            String(tag).trimmingSpaces
        }
        let input = CustomerInput(
            externalID: id, email: email, phone: cells.text(.phone, record),
            firstName: cells.text(.firstName, record), lastName: cells.text(.lastName, record), country: country,
            region: cells.text(.region, record), language: cells.text(.language, record),
            lifecycleStage: cells.text(.lifecycleStage, record), sourceCreatedAt: since.map(Self.date),
            tags: (tags ?? []).filter { !$0.isEmpty })
        return (
            ImportedRecord(
                line: record.line, content: .customer(input), person: id,
                consents: try consents(of: id, at: since, record), at: since), id
        )
    }

    private func event(_ record: CSVRecord, _ id: String) throws(CellProblem) -> (ImportedRecord, String) {
        let word = try cells.requiredText(.eventType, record)
        guard let type = EventType.reading(word) else {
            throw cells.problem(.badEventType, mapping[.eventType] ?? 0, record)
        }
        let at = try cells.date(.date, mapping.dateFormat, record)
        let person = cells.customer(record, email: try cells.email(record))
        let currency = try cells.currency(record)
        let value = try cells.money(.amount, currency, record)
        let input = EventInput(
            externalID: id, type: type, at: Self.date(at), customerExternalID: person,
            channel: cells.text(.channel, record), campaignExternalID: cells.text(.campaign, record),
            contentID: cells.text(.contentID, record), url: cells.text(.url, record, longest: 2000), valueMinor: value,
            currency: value == nil ? nil : currency)
        var row = ImportedRecord(line: record.line, content: .event(input), person: person, at: at)
        row.amount = value.map { ($0, currency) }
        if let person { row.consents = try consents(of: person, at: at, record) }
        return (row, id)
    }

    private func metricDay(_ record: CSVRecord) throws(CellProblem) -> (ImportedRecord, String) {
        let at = try cells.date(.date, mapping.dateFormat, record)
        let currency = try cells.currency(record)
        var input = MetricDayInput(
            level: try cells.choice(.level, among: MetricDayInput.levels, record) ?? "campaign",
            entityExternalID: try cells.requiredText(.entity, record), day: try cells.day(.date, record),
            timeZone: mapping.timeZone, source: cells.text(.source, record)?.lowercased() ?? "import",
            currency: currency, isFinal: true)
        input.spendMinor = try cells.money(.spend, currency, record)
        input.conversionValueMinor = try cells.money(.conversionValue, currency, record)
        input.revenueMinor = try cells.money(.revenue, currency, record)
        input.refundMinor = try cells.money(.refunded, currency, record)
        input.impressions = try cells.count(.impressions, record)
        input.clicks = try cells.count(.clicks, record)
        input.conversions = try cells.figure(.conversions, in: 0...1e12, record)
        input.reach = try cells.count(.reach, record)
        input.videoViews = try cells.count(.videoViews, record)
        input.sends = try cells.count(.sends, record)
        input.opens = try cells.count(.opens, record)
        input.unsubscribes = try cells.count(.unsubscribes, record)
        input.orders = try cells.count(.orders, record)
        input.sessions = try cells.count(.sessions, record)
        let amount = (input.spendMinor ?? input.revenueMinor).map { ($0, currency) }
        let row = ImportedRecord(line: record.line, content: .metricDay(input), at: at, amount: amount)
        return (row, input.externalID)
    }

    private func product(_ record: CSVRecord) throws(CellProblem) -> (ImportedRecord, String) {
        let sku = cells.text(.sku, record)
        guard let id = cells.text(.id, record) ?? sku else { throw cells.missing(.id) }
        let currency = try cells.currency(record)
        var input = ProductInput(
            externalID: id, title: try cells.requiredText(.title, record),
            status: try cells.choice(.status, among: ProductInput.statuses, record) ?? "active")
        input.variant = cells.text(.variant, record)
        input.sku = sku
        input.priceMinor = try cells.money(.price, currency, record)
        input.costMinor = try cells.money(.cost, currency, record)
        input.currency = input.priceMinor == nil && input.costMinor == nil ? nil : currency
        input.stock = try cells.count(.stock, record)
        input.category = cells.text(.category, record)
        return (ImportedRecord(line: record.line, content: .product(input)), id)
    }

    private func payment(_ record: CSVRecord, _ id: String) throws(CellProblem) -> (ImportedRecord, String) {
        let at = try cells.date(.date, mapping.dateFormat, record)
        let kinds = Set(PaymentInput.Kind.allCases.map(\.rawValue))
        let word = try cells.choice(.kind, among: kinds, record)
        guard let kind = word.flatMap(PaymentInput.Kind.init) else {
            throw cells.problem(.missingValue, mapping[.kind] ?? 0, record)
        }
        var number = try cells.number(.amount, record)
        let currency = try cells.currency(record, beside: number.currency)
        // Files write refunds with a minus sign; here the kind says which way the money went.
        if kind != .charge { number.isNegative = false }
        let minor = try cells.minor(number, currency, .amount, record)
        var input = PaymentInput(
            externalID: id, kind: kind,
            status: try cells.choice(.status, among: PaymentInput.statuses, record) ?? "succeeded", at: Self.date(at),
            amountMinor: minor, currency: currency)
        input.feeMinor = try cells.money(.fee, currency, record)
        input.netMinor = try cells.money(.net, currency, record)
        input.method = cells.text(.method, record)
        input.orderExternalID = cells.text(.orderID, record)
        let person = cells.customer(record, email: try cells.email(record))
        input.customerExternalID = person
        return (
            ImportedRecord(
                line: record.line, content: .payment(input), person: person, at: at, amount: (minor, currency)), id
        )
    }

    private func usage(_ record: CSVRecord) throws(CellProblem) -> (ImportedRecord, String) {
        let from = try cells.day(.date, record)
        let to = try cells.day(.until, record)
        guard to >= from else { throw cells.problem(.badDate, mapping[.until] ?? 0, record) }
        var input = UsageInput(
            accountExternalID: try cells.requiredText(.account, record), from: from, to: to)
        input.logins = try cells.count(.logins, record)
        input.featuresUsed = try cells.count(.featuresUsed, record)
        input.sessionMinutes = try cells.figure(.sessionMinutes, in: 0...1e9, record)
        input.tickets = try cells.count(.tickets, record)
        input.daysActive = try cells.count(.daysActive, record)
        input.nps = try cells.figure(.nps, in: -100...100, record)
        input.csat = try cells.figure(.csat, in: 0...100, record)
        let at = try cells.date(.date, mapping.dateFormat, record)
        return (ImportedRecord(line: record.line, content: .usage(input), at: at), input.externalID)
    }

    private func benchmark(_ record: CSVRecord) throws(CellProblem) -> (ImportedRecord, String) {
        let amounts = -1e12...1e12
        guard let vertical = try cells.choice(.vertical, among: BenchmarkInput.verticals, record) else {
            throw cells.problem(.missingValue, mapping[.vertical] ?? 0, record)
        }
        guard let median = try cells.figure(.p50, in: amounts, record) else {
            throw cells.problem(.missingValue, mapping[.p50] ?? 0, record)
        }
        var input = BenchmarkInput(
            vertical: vertical, metric: try cells.requiredText(.metric, record), day: try cells.day(.date, record),
            source: try cells.requiredText(.source, record), p50: median)
        input.p10 = try cells.figure(.p10, in: amounts, record)
        input.p25 = try cells.figure(.p25, in: amounts, record)
        input.p75 = try cells.figure(.p75, in: amounts, record)
        input.p90 = try cells.figure(.p90, in: amounts, record)
        guard input.isOrdered else { throw cells.problem(.badFigure, mapping[.p50] ?? 0, record) }
        input.unit = cells.text(.unit, record)
        input.country = cells.text(.country, record)?.uppercased()
        if let country = input.country, country.utf8.count != 2 {
            throw cells.problem(.badCountry, mapping[.country] ?? 0, record)
        }
        input.sampleSize = try cells.count(.sampleSize, record)
        let at = try cells.date(.date, mapping.dateFormat, record)
        return (ImportedRecord(line: record.line, content: .benchmark(input), at: at), input.externalID)
    }

    /// Consent columns count from the row's own time; without one they say nothing of when they were given.
    private func consents(
        of person: String, at: Int64?, _ record: CSVRecord
    ) throws(CellProblem) -> [ConsentInput] {
        let expiry = try cells.expiry(record).map(Self.date)
        return try cells.purposes(record).map { purpose in
            ConsentInput(
                customerExternalID: person, purpose: purpose, collectedAt: at.map(Self.date), expiresAt: expiry,
                source: "import")
        }
    }

    private static func date(_ milliseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }
}
