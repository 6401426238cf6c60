import Foundation
import Tenancy

/// The command that changes an organization's name and conventions, checked.
public struct OrganizationSettings: Sendable, Equatable {
    public var name: String
    public var slug: String
    public var timeZone: String
    public var currency: String
    public var locale: String
    public var weekStart: String

    public static let locales = ["en", "es"]
    public static let weekStarts = ["monday", "sunday"]

    public init(name: String, slug: String, timeZone: String, currency: String, locale: String, weekStart: String) {
        self.name = name
        self.slug = slug
        self.timeZone = timeZone
        self.currency = currency
        self.locale = locale
        self.weekStart = weekStart
    }

    /// - Throws: ``AccountError/invalid(_:)`` with every broken rule.
    public func checked() throws(AccountError) -> OrganizationSettings {
        var issues = OrganizationName.issues(name, field: "name")
        issues += Self.issues(slug: slug)
        issues += Self.issues(timeZone: timeZone, currency: currency, locale: locale)
        if !Self.weekStarts.contains(weekStart) { issues.append(FieldIssue("week_start", "week-start-unknown")) }
        guard issues.isEmpty else { throw .invalid(issues) }
        var settings = self
        settings.name = name.trimmed
        return settings
    }

    static func issues(slug: String?) -> [FieldIssue] {
        guard let slug, let problem = Slug.problem(with: slug) else { return [] }
        return [FieldIssue("slug", "slug-" + problem.rawValue.replacing("_", with: "-"))]
    }

    /// Shared with registration, where nil means "the default will do".
    static func issues(timeZone: String?, currency: String?, locale: String?) -> [FieldIssue] {
        var issues: [FieldIssue] = []
        if let timeZone, !TimeZones.isKnown(timeZone) { issues.append(FieldIssue("time_zone", "time-zone-unknown")) }
        if let currency, !CurrencyCode.all.contains(currency) {
            issues.append(FieldIssue("currency", "currency-unknown"))
        }
        if let locale, !locales.contains(locale) { issues.append(FieldIssue("locale", "locale-unknown")) }
        return issues
    }
}

/// IANA zones as this machine knows them.
public enum TimeZones {
    public static let all: [String] = (["UTC"] + TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") }).sorted()
    private static let known = Set(all)

    public static func isKnown(_ identifier: String) -> Bool { known.contains(identifier) }
}

/// Currencies in circulation, by ISO 4217 code.
public enum CurrencyCode {
    public static let all: [String] = """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF \
        CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG \
        HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA \
        MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD \
        RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX \
        USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
        """.split(separator: " ").map(String.init)
}
