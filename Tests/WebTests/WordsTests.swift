import Foundation
import Testing

@testable import Web

@Suite struct LocalizerTests {
    private static let catalogue: Catalogue = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return (try? Catalogue.load(directory: root.appending(path: "Locales").path)) ?? .empty
    }()
    private let en = Localizer(.en, catalogue: catalogue, zone: ZoneRules.named("Europe/Madrid") ?? .utc)
    private let es = Localizer(.es, catalogue: catalogue, zone: ZoneRules.named("Europe/Madrid") ?? .utc)

    @Test(
        "numbers are grouped as each language does",
        arguments: [
            (0, "0", "0"), (999, "999", "999"), (1234, "1,234", "1234"), (23_570, "23,570", "23.570"),
            (-1_234_567, "-1,234,567", "-1.234.567"),
            (Int.min, "-9,223,372,036,854,775,808", "-9.223.372.036.854.775.808"),
        ])
    func whole(_ number: Int, _ english: String, _ spanish: String) {
        #expect(en.number(number) == english)
        #expect(es.number(number) == spanish)
    }

    @Test(
        "decimals round half away and never say minus zero",
        arguments: [
            (0.5, 0, "1", "1"), (2.345, 1, "2.3", "2,3"), (-0.04, 1, "0.0", "0,0"), (-1.25, 1, "-1.3", "-1,3"),
            (12345.678, 2, "12,345.68", "12.345,68"), (.nan, 1, "–", "–"), (.infinity, 0, "–", "–"),
            (1e300, 2, "–", "–"),
            (0.07, 2, "0.07", "0,07"),
        ] as [(Double, Int, String, String)])
    func decimals(_ number: Double, _ digits: Int, _ english: String, _ spanish: String) {
        #expect(en.number(number, digits: digits) == english)
        #expect(es.number(number, digits: digits) == spanish)
    }

    @Test(
        "money follows the currency's places and the language's order",
        arguments: [
            (1250, "EUR", "€12.50", "12,50 €"), (-5, "USD", "-$0.05", "-0,05 $"), (1250, "JPY", "¥1,250", "1250 ¥"),
            (1250, "KWD", "KWD 1.250", "1,250 KWD"), (3_840_000, "USD", "$38,400.00", "38.400,00 $"),
            (Int64.min, "EUR", "-€92,233,720,368,547,758.08", "-92.233.720.368.547.758,08 €"),
        ] as [(Int64, String, String, String)])
    func money(_ minor: Int64, _ currency: String, _ english: String, _ spanish: String) {
        #expect(en.money(minor, currency) == english.replacing("KWD ", with: "KWD\u{a0}"))
        #expect(es.money(minor, currency).replacing("\u{a0}", with: " ") == spanish)
    }

    @Test("whole money is rounded, not cut")
    func wholeMoney() {
        #expect(en.money(1250, "USD", decimals: false) == "$13")
        #expect(en.money(1249, "USD", decimals: false) == "$12")
        #expect(en.money(-49, "USD", decimals: false) == "$0")
    }

    @Test("percent")
    func percent() {
        #expect(en.percent(0.123) == "12%")
        #expect(es.percent(0.123, digits: 1) == "12,3\u{a0}%")
        #expect(en.percent(.nan) == "–")
    }

    @Test("times are shown in the organization's zone, summer and winter")
    func zone() throws {
        let summer = try #require(CivilTime.parse("2026-07-01T22:30:00Z"))
        let winter = try #require(CivilTime.parse("2026-12-31T23:30:00Z"))
        #expect(en.dateTime(summer) == "2 Jul 2026, 00:30")
        #expect(es.dateTime(winter) == "1 ene 2027, 00:30")
        #expect(en.month(summer) == "July 2026" && es.month(summer) == "julio de 2026")
        #expect(en.day("1997-01-31") == "31 Jan 1997")
        #expect(en.shortDate(winter) == "1 Jan")
    }

    @Test(
        "offsets agree with Foundation at every change and between",
        arguments: [
            "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC",
        ])
    func offsets(_ name: String) throws {
        let rules = try #require(ZoneRules.named(name))
        let zone = try #require(TimeZone(identifier: name))
        var moment = 0.0
        while moment < 2_500_000_000 {
            let date = Date(timeIntervalSince1970: moment)
            #expect(rules.offset(at: date) == zone.secondsFromGMT(for: date), "\(date)")
            moment += 1_234_567
        }
        #expect(ZoneRules.named("Mars/Olympus") == nil)
    }

    @Test("how long ago")
    func relative() {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        func ago(_ seconds: Double) -> String { en.relative(now.addingTimeInterval(-seconds), now: now) }
        #expect(ago(10) == "just now")
        #expect(ago(60) == "1 minute ago")
        #expect(ago(600) == "10 minutes ago")
        #expect(ago(7200) == "2 hours ago")
        #expect(ago(-172_800) == "in 2 days")
        #expect(es.relative(now.addingTimeInterval(-86_400), now: now) == "hace 1 día")
        #expect(ago(40_000_000) == "1 year ago")
    }

    @Test("durations and sizes")
    func sizes() {
        #expect(en.duration(seconds: 0.42) == "0.4\u{a0}s")
        #expect(en.duration(seconds: 75) == "1\u{a0}min 15\u{a0}s")
        #expect(en.duration(seconds: 7800) == "2\u{a0}h 10\u{a0}min")
        #expect(es.bytes(1_440_000) == "1,4\u{a0}MB")
        #expect(en.bytes(512) == "512\u{a0}B")
    }

    @Test("plurals, fallbacks and missing keys")
    func words() {
        #expect(en.t("web.relative.ago.days", count: 1) == "1 day ago")
        #expect(en.t("web.relative.ago.days", count: 0) == "0 days ago")
        #expect(en.t("no.such.key") == "no.such.key")
        #expect(en.t("web.errors.too_long", ["max": "5"]) == "At most 5 characters.")
    }

    @Test("all catalogue files are there and agree")
    func files() {
        #expect(!Self.catalogue.keys(.en).isEmpty)
        let mine = TemplateLint.check(Self.catalogue).filter { $0.message.hasPrefix("web.") }
        #expect(mine.isEmpty, "\(mine)")
    }
}

@Suite struct CivilTimeTests {
    @Test("days and dates agree both ways over eight centuries")
    func roundTrip() {
        for day in stride(from: -100_000, to: 200_000, by: 37) {
            let (year, month, dayOfMonth) = CivilTime.civil(fromDays: day)
            #expect(CivilTime.days(year: year, month: month, day: dayOfMonth) == day)
        }
        #expect(CivilTime.civil(fromDays: 0) == (1970, 1, 1))
        #expect(CivilTime(Date(timeIntervalSince1970: 0)).weekday == 4)
    }

    @Test(
        "ISO 8601 texts",
        arguments: [
            ("1970-01-02", 86_400.0), ("1970-01-01T00:00:01Z", 1), ("1970-01-01T02:00:00+02:00", 0),
            ("1970-01-01T00:00:00.250Z", 0.25), ("1969-12-31T23:59Z", -60),
        ])
    func good(_ text: String, _ seconds: Double) {
        #expect(CivilTime.parse(text)?.timeIntervalSince1970 == seconds)
    }

    @Test(
        "what is no ISO 8601",
        arguments: [
            "", "1970", "1970-13-01", "1970-02-30", "1970-1-1", "1970-01-01T", "1970-01-01T25:00:00Z",
            "1970-01-01T00:00:00",
            "1970-01-01 00:00:00Z", "1970-01-01T00:00:00+2:00", "１970-01-01", "1970-01-01Z",
        ])
    func bad(_ text: String) { #expect(CivilTime.parse(text) == nil) }
}
