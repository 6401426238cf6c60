import Customers
import Foundation
import Testing
import Web

@testable import Platforms

@Suite("Reading values")
struct ValueTests {
    static let utc = ZoneOffsets(identifier: "UTC")

    static let dates: [(DateFormat, String, String?)] = [
        (.iso, "1997-01-02", "1997-01-02T12:00:00Z"), (.iso, "1997/1/2", "1997-01-02T12:00:00Z"),
        (.iso, "1997-01-02T03:04:05Z", "1997-01-02T03:04:05Z"),
        (.iso, "1997-01-02 03:04:05.678+02:00", "1997-01-02T01:04:05Z"),
        (.iso, "1997-01-02T03:04", "1997-01-02T03:04:00Z"),
        (.iso, "1997-13-02", nil), (.iso, "1997-02-29", nil), (.iso, "1996-02-29", "1996-02-29T12:00:00Z"),
        (.iso, "1997-01-02x", nil), (.iso, "1997-01-02T", nil), (.iso, "", nil),
        (.dayFirst, "31/12/1997", "1997-12-31T12:00:00Z"), (.dayFirst, "31.12.97", "1997-12-31T12:00:00Z"),
        (.dayFirst, "12/31/1997", nil), (.dayFirst, "1-2-2003 14:05", "2003-02-01T14:05:00Z"),
        (.monthFirst, "12/31/1997", "1997-12-31T12:00:00Z"), (.monthFirst, "1/2/2003 2:05 PM", "2003-01-02T14:05:00Z"),
        (.compact, "19971231", "1997-12-31T12:00:00Z"), (.compact, "19971331", nil), (.compact, "1997123", nil),
        (.epochSeconds, "883612800", "1998-01-01T00:00:00Z"),
        (.epochMilliseconds, "883612800000", "1998-01-01T00:00:00Z"),
    ]

    @Test("dates", arguments: dates.indices)
    func date(index: Int) throws {
        let (format, text, expected) = Self.dates[index]
        let wanted = try expected.map { try Date($0, strategy: .iso8601) }
        let found = format.parse(Array(text.utf8)[...], zone: Self.utc).map {
            Date(timeIntervalSince1970: (Double($0) / 1000).rounded(.down))
        }
        #expect(found == wanted, "\(text)")
    }

    @Test("a time without a zone is read in the organization's, over clock changes")
    func zones() {
        let madrid = ZoneOffsets(identifier: "Europe/Madrid")
        let winter = DateFormat.iso.parse(Array("2025-01-10 12:00:00".utf8)[...], zone: madrid)
        let summer = DateFormat.iso.parse(Array("2025-07-10 12:00:00".utf8)[...], zone: madrid)
        #expect(winter == 1_736_506_800_000)
        #expect(summer == 1_752_141_600_000)
    }

    static let amounts: [(NumberFormat, String, Int64?)] = [
        (.point, "12", 1200), (.point, "12.5", 1250), (.point, "11.77", 1177), (.point, "1,234.56", 123_456),
        (.point, "$ 1,234.50", 123_450), (.point, "1'234.5", 123_450), (.point, "USD 3", 300),
        (.point, "3.00 EUR", 300),
        (.point, "(3.00)", -300), (.point, "-3", -300), (.point, "3-", -300), (.point, "0.005", 1),
        (.point, "0.004", 0),
        (.point, "€12.00", 1200), (.point, "12,50", nil), (.point, "1,23", nil), (.point, "abc", nil),
        (.point, "", nil),
        (.point, "1.2.3", nil), (.point, "1e5", nil), (.point, "--3", nil), (.point, "=1+1", nil), (.point, ".5", 50),
        (.comma, "1.234,56", 123_456), (.comma, "12,5", 1250), (.comma, "1.234", 123_400), (.comma, "1,234.56", nil),
        (.comma, "1 234,56", 123_456), (.comma, "1\u{A0}234,56 €", 123_456),
    ]

    @Test("amounts, exact to the minor unit", arguments: amounts.indices)
    func amount(index: Int) {
        let (format, text, expected) = Self.amounts[index]
        let found = (try? format.parse(Array(text.utf8)[...]))?.minorUnits(exponent: 2)
        #expect(found == expected, "\(text)")
    }

    @Test("currencies without and with three decimals")
    func exponents() throws {
        let yen = try NumberFormat.point.parse(Array("1,234".utf8)[...])
        #expect(yen.minorUnits(exponent: CurrencyCode.exponent("JPY")) == 1234)
        let dinar = try NumberFormat.point.parse(Array("1.5".utf8)[...])
        #expect(dinar.minorUnits(exponent: CurrencyCode.exponent("KWD")) == 1500)
    }

    @Test("card numbers by issuer, length and check digit")
    func cards() {
        func isCard(_ text: String) -> Bool { CardNumber.matches(Array(text.utf8)[...]) }
        #expect(isCard("4111111111111111") && isCard("4111 1111 1111 1111") && isCard("3782-822463-10005"))
        #expect(!isCard("4111111111111112") && !isCard("1234567890123452") && !isCard("883612800000"))
        #expect(!isCard("order 4111111111111111"))
    }

    @Test("cells that a spreadsheet would run are disarmed on export")
    func formulas() {
        var csv = CSVWriter()
        csv.row(["=1+1", "+x", "-2", "@a", "plain", "a,b", "say \"hi\"", "\tx"])
        let expected = "'=1+1,'+x,'-2,'@a,plain,\"a,b\",\"say \"\"hi\"\"\",'\tx\r\n"
        #expect(String(decoding: csv.bytes, as: UTF8.self) == expected)
    }
}
