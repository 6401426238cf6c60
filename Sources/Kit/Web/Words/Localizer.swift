import Foundation

/// Words, numbers, money and times in one reader's language and an organization's zone. A value, made per request
/// for next to nothing; formatting is by hand and allocates little.
public struct Localizer: Sendable {
    public let locale: AppLocale
    public let zone: ZoneRules
    public let catalogue: Catalogue

    public init(_ locale: AppLocale, catalogue: Catalogue, zone: ZoneRules = .utc) {
        self.locale = locale
        self.catalogue = catalogue
        self.zone = zone
    }

    // MARK: Words

    /// The text of a key with its arguments. A key missing in a language falls back to English, then to the key
    /// itself; tests make sure that neither happens.
    public func t(_ key: String, _ arguments: [String: String] = [:]) -> String {
        switch catalogue.entry(key, locale) ?? catalogue.entry(key, .en) {
        case .text(let text): Interpolation.fill(text, arguments)
        case .plural(_, let other): Interpolation.fill(other, arguments)
        case nil: key
        }
    }

    /// The text of a key for a count: the plural form, with `{count}` as a formatted number.
    public func t(_ key: String, count: Int, _ arguments: [String: String] = [:]) -> String {
        var all = arguments
        all["count"] = number(count)
        switch catalogue.entry(key, locale) ?? catalogue.entry(key, .en) {
        case .text(let text): return Interpolation.fill(text, all)
        case .plural(let one, let other): return Interpolation.fill(count == 1 ? one : other, all)
        case nil: return key
        }
    }

    /// True if the key exists in this language or in English.
    public func has(_ key: String) -> Bool {
        (catalogue.entry(key, locale) ?? catalogue.entry(key, .en)) != nil
    }

    // MARK: Numbers

    /// A whole number with grouping: 23,570 · 23.570.
    public func number(_ value: Int) -> String { numbers.whole(value) }

    public func number(_ value: Int64) -> String { numbers.whole(Int(value)) }

    /// A decimal with exactly `digits` places; a dash for what is no number.
    public func number(_ value: Double, digits: Int = 0) -> String { numbers.decimal(value, digits: digits) }

    /// A difference with its sign: +4.2 · −1,0.
    public func signed(_ value: Double, digits: Int = 0) -> String {
        (value < 0 ? "\u{2212}" : "+") + number(abs(value), digits: digits)
    }

    /// A share as percent: 0.123 → 12.3% · 12,3 %.
    public func percent(_ share: Double, digits: Int = 0) -> String { numbers.percent(share, digits: digits) }

    /// Money from minor units: 1250 EUR → €12.50 · 12,50 €.
    /// - Parameter decimals: false rounds to whole units, for tiles and tables of large sums
    public func money(_ minor: Int64, _ currency: String, decimals: Bool = true) -> String {
        numbers.money(minor, currency, decimals: decimals)
    }

    private var numbers: NumberStyle { NumberStyle.of(locale) }

    // MARK: Times

    /// A day: 3 Oct 2026 · 3 oct 2026.
    public func date(_ date: Date) -> String { DateStyle(locale).day(local(date)) }

    /// A day without its year: 3 Oct.
    public func shortDate(_ date: Date) -> String { DateStyle(locale).dayAndMonth(local(date)) }

    /// A day given as `YYYY-MM-DD`, not shifted by any zone.
    public func day(_ iso: String) -> String {
        CivilTime.parse(iso).map { DateStyle(locale).day(CivilTime($0)) } ?? iso
    }

    /// A month: October 2026 · octubre de 2026.
    public func month(_ date: Date) -> String { DateStyle(locale).month(local(date)) }

    /// A time of day: 14:05.
    public func time(_ date: Date) -> String { DateStyle(locale).time(local(date)) }

    /// Day and time: 3 Oct 2026, 14:05.
    public func dateTime(_ date: Date) -> String {
        let parts = local(date)
        let style = DateStyle(locale)
        return style.day(parts) + ", " + style.time(parts)
    }

    /// How long ago or ahead: "3 minutes ago", "in 2 days".
    public func relative(_ date: Date, now: Date) -> String {
        let seconds = now.timeIntervalSince(date)
        let direction = seconds >= 0 ? "ago" : "ahead"
        let size = Int(min(abs(seconds), 1e12))
        switch size {
        case ..<45: return t("web.relative.now")
        case ..<3600: return t("web.relative.\(direction).minutes", count: max(1, (size + 30) / 60))
        case ..<86_400: return t("web.relative.\(direction).hours", count: (size + 1800) / 3600)
        case ..<2_592_000: return t("web.relative.\(direction).days", count: (size + 43_200) / 86_400)
        case ..<31_536_000: return t("web.relative.\(direction).months", count: max(1, size / 2_592_000))
        default: return t("web.relative.\(direction).years", count: size / 31_536_000)
        }
    }

    /// How long something took: 0.4 s, 12 s, 3 min 5 s, 2 h 10 min.
    public func duration(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0 else { return "–" }
        if seconds < 10 { return number(seconds, digits: 1) + "\u{a0}s" }
        let whole = Int(min(seconds, 1e12).rounded())
        if whole < 60 { return "\(whole)\u{a0}s" }
        if whole < 3600 { return "\(whole / 60)\u{a0}min \(whole % 60)\u{a0}s" }
        return "\(number(whole / 3600))\u{a0}h \(whole / 60 % 60)\u{a0}min"
    }

    /// A size in bytes: 512 B, 1.4 MB.
    public func bytes(_ count: Int64) -> String {
        if count < 1000 { return number(count) + "\u{a0}B" }
        var value = Double(count)
        var units = ["kB", "MB", "GB", "TB"][...]
        var unit = "B"
        while value >= 999.5, let next = units.popFirst() {
            value /= 1000
            unit = next
        }
        return number(value, digits: value < 10 ? 1 : 0) + "\u{a0}" + unit
    }

    /// The calendar parts of a moment in the organization's zone.
    public func local(_ date: Date) -> CivilTime { CivilTime(date, offset: zone.offset(at: date)) }
}
