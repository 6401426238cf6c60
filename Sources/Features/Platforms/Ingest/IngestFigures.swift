import Foundation
import Records
import Web

/// The figures of one entity on one day. Known by day, source, level and entity, so there is no id of its own.
struct SentMetricDay: RecordForm {
    var day: String
    var level: String
    var entityID: String
    var source: String
    var timeZone: String?
    var attributionSetting: String?
    var actionType: String?
    var spend: MoneyBody?
    var conversionValue: MoneyBody?
    var revenue: MoneyBody?
    var refunds: MoneyBody?
    var impressions: Int64?
    var clicks: Int64?
    var conversions: Double?
    var reach: Int64?
    var videoViews: Int64?
    var sends: Int64?
    var opens: Int64?
    var unsubscribes: Int64?
    var orders: Int64?
    var sessions: Int64?
    var final: Bool?

    enum CodingKeys: String, CodingKey {
        case day, level, source, spend, revenue, refunds, impressions, clicks, conversions, reach, sends, opens
        case unsubscribes, orders, sessions, final
        case entityID = "entity_id"
        case timeZone = "time_zone"
        case attributionSetting = "attribution_setting"
        case actionType = "action_type"
        case conversionValue = "conversion_value"
        case videoViews = "video_views"
    }

    func row(_ frame: IngestFrame) throws(IngestRefusal) -> MetricDayInput {
        var checks = RowChecks()
        checks.day(day, "day")
        checks.choice(level, "level", among: MetricDayInput.levels)
        checks.ids([("entity_id", entityID), ("source", source)])
        checks.texts([("attribution_setting", attributionSetting), ("action_type", actionType)])
        if let timeZone {
            checks.require(ZoneRules.named(timeZone) != nil, "time_zone", "invalid", "Is no IANA time zone.")
        }
        let amounts = [("spend", spend), ("conversion_value", conversionValue), ("revenue", revenue)]
        let currency = (amounts + [("refunds", refunds)]).compactMap(\.1?.currency).first ?? frame.currency
        for (field, money) in amounts + [("refunds", refunds)] { checks.money(money, field, in: currency) }
        checks.counts([
            ("impressions", impressions), ("clicks", clicks), ("reach", reach), ("video_views", videoViews),
            ("sends", sends), ("opens", opens), ("unsubscribes", unsubscribes), ("orders", orders),
            ("sessions", sessions),
        ])
        checks.number(conversions, "conversions", in: 0...1e12)
        try checks.finish()
        return filled(currency, frame)
    }

    private func filled(_ currency: String, _ frame: IngestFrame) -> MetricDayInput {
        var row = MetricDayInput(
            level: level, entityExternalID: entityID, day: day, timeZone: timeZone ?? frame.timeZone, source: source,
            currency: currency, attributionSetting: attributionSetting, actionType: actionType,
            isFinal: self.final ?? true)
        row.spendMinor = spend?.amountMinor
        row.conversionValueMinor = conversionValue?.amountMinor
        row.revenueMinor = revenue?.amountMinor
        row.refundMinor = refunds?.amountMinor
        row.impressions = impressions
        row.clicks = clicks
        row.conversions = conversions
        row.reach = reach
        row.videoViews = videoViews
        row.sends = sends
        row.opens = opens
        row.unsubscribes = unsubscribes
        row.orders = orders
        row.sessions = sessions
        return row
    }
}

/// One figure of one minute. Known by minute, metric, level and entity. Money comes as an amount, the rest as a value.
struct SentMetricMinute: RecordForm {
    var tsMinute: Date
    var metric: MetricMinuteInput.Metric
    var level: MetricMinuteInput.Level
    var entityID: String
    var value: Double?
    var amount: MoneyBody?

    enum CodingKeys: String, CodingKey {
        case metric, level, value, amount
        case tsMinute = "ts_minute"
        case entityID = "entity_id"
    }

    func row(_ frame: IngestFrame) throws(IngestRefusal) -> MetricMinuteInput {
        var checks = RowChecks()
        checks.id(entityID, "entity_id")
        let seconds = tsMinute.timeIntervalSince1970
        checks.require(
            seconds.truncatingRemainder(dividingBy: 60) == 0, "ts_minute", "invalid", "Must be a whole minute.")
        let wanted = metric.isMoney ? "amount" : "value"
        checks.require(
            metric.isMoney ? amount != nil : value != nil, wanted, "required", "\(metric.rawValue) needs it.")
        checks.require(
            metric.isMoney ? value == nil : amount == nil, metric.isMoney ? "value" : "amount", "unknown",
            "\(metric.rawValue) has none.")
        checks.money(amount, "amount")
        checks.number(value, "value", in: 0...1e15)
        try checks.finish()
        return MetricMinuteInput(
            metric: metric, level: level, entityExternalID: entityID, minute: tsMinute,
            value: amount.map { Double($0.amountMinor) } ?? value ?? 0, currency: amount?.currency)
    }
}

/// How much a client account used in one period. Known by account and period.
struct SentUsage: RecordForm {
    var accountID: String
    var from: String
    var to: String
    var logins: Int64?
    var featuresUsed: Int64?
    var sessionMinutes: Double?
    var tickets: Int64?
    var daysActive: Int64?
    var nps: Double?
    var csat: Double?

    enum CodingKeys: String, CodingKey {
        case from, to, logins, tickets, nps, csat
        case accountID = "account_id"
        case featuresUsed = "features_used"
        case sessionMinutes = "session_minutes"
        case daysActive = "days_active"
    }

    func row(_ frame: IngestFrame) throws(IngestRefusal) -> UsageInput {
        var checks = RowChecks()
        checks.id(accountID, "account_id")
        checks.day(from, "from")
        checks.day(to, "to")
        checks.require(to >= from, "to", "range", "Must not be before from.")
        checks.counts([
            ("logins", logins), ("features_used", featuresUsed), ("tickets", tickets), ("days_active", daysActive),
        ])
        checks.number(sessionMinutes, "session_minutes", in: 0...1e9)
        checks.number(nps, "nps", in: -100...100)
        checks.number(csat, "csat", in: 0...100)
        try checks.finish()
        var row = UsageInput(accountExternalID: accountID, from: from, to: to)
        row.logins = logins
        row.featuresUsed = featuresUsed
        row.sessionMinutes = sessionMinutes
        row.tickets = tickets
        row.daysActive = daysActive
        row.nps = nps
        row.csat = csat
        return row
    }
}
