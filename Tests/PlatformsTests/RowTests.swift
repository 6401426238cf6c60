import Customers
import Foundation
import Testing

@testable import Platforms

@Suite("Bad rows stay out, the others go in")
struct RowTests {
    static let header = "customer,date,amount,quantity\n"

    static let rows: [(String, RowProblemCode)] = [
        (",2024-01-01,1,1", .missingValue), ("a,,1,1", .missingValue), ("a,2024-01-01,,1", .missingValue),
        ("a,01.02.2024,1,1", .badDate), ("a,2024-02-30,1,1", .badDate), ("a,2024-01-01,abc,1", .badAmount),
        ("a,2024-01-01,=1+1,1", .badAmount), ("a,2024-01-01,-5.00,1", .negativeAmount),
        ("a,2024-01-01,(5.00),1", .negativeAmount), ("a,2024-01-01,99999999999999999999,1", .hugeAmount),
        ("a,2024-01-01,99999999999.99,1", .hugeAmount), ("a,2024-01-01,1,-1", .badQuantity),
        ("a,2024-01-01,1,1,1", .tooManyFields), ("a,2024-01-01", .tooFewFields), ("a\0,2024-01-01,1,1", .nulByte),
        ("\"a\"b,2024-01-01,1,1", .textAfterQuote), ("4111111111111111,2024-01-01,1,1", .cardNumber),
    ]

    @Test("each kind of bad row is named with its line", arguments: rows.indices)
    func problems(index: Int) throws {
        let (row, code) = Self.rows[index]
        let good = "x,2024-01-01,1.50,1\n"
        let result = try outcomes(Self.header + good + row + "\n" + good)
        #expect(result.rows.count == 2)
        #expect(result.problems.map(\.code) == [code])
        #expect(result.problems.first?.line == 3)
        #expect(result.problems.first?.value.contains("4111") != true)
    }

    @Test("a quote that is never closed is named with the lines it swallowed")
    func openQuote() throws {
        let result = try outcomes(Self.header + "x,2024-01-01,1.50,1\n\"a,2024-01-01,1,1\nb,2024-01-01,1,1\n")
        #expect(result.problems.map(\.code) == [.unclosedQuote])
        #expect(result.problems.first?.value == "3–5")
    }

    @Test("a formula cell is only text")
    func formula() throws {
        let result = try outcomes("customer,date,amount\n\"=HYPERLINK(\"\"x\"\")\",2024-01-01,1\n")
        #expect(result.rows.first?.customer == "=HYPERLINK(\"x\")")
    }

    @Test("equal rows are different orders, and the same file gives the same keys")
    func occurrences() throws {
        let text = Self.header + "a,2024-01-01,1,1\na,2024-01-01,1,1\nb,2024-01-01,1,1\na,2024-01-01,1,1\n"
        let first = try outcomes(text).rows.map(\.externalID)
        #expect(Set(first).count == 4)
        #expect(try outcomes(text).rows.map(\.externalID) == first)
    }

    @Test("an order number given twice: the same row is repeated, another one is refused")
    func orderIDs() throws {
        let text =
            "order_id,customer,date,amount\n1,a,2024-01-01,1\n1,a,2024-01-01,1\n1,a,2024-01-01,2\n2,a,2024-01-01,1\n"
        let result = try outcomes(text)
        #expect(result.rows.map(\.externalID) == ["1", "2"] && result.repeated == 1)
        #expect(result.problems.map(\.code) == [.orderIDReused])
    }

    static let lines = "order_id,customer,date,amount,sku,quantity\n"

    private func products(_ row: ParsedRow) -> [String] { row.lines.map { "\($0.product)×\($0.quantity)" } }

    @Test("an order written on several rows is one order, its first row's amount, with each row's product")
    func furtherRows() throws {
        let text = """
            1,a,2024-01-01,30,p,1
            1,a,2024-01-01,30,q,2
            1,,,,p,3
            2,a,2024-01-01,30,p,1
            3,b,2024-01-02,12,,4

            """
        let result = try outcomes(Self.lines + text)
        #expect(result.problems.isEmpty && result.repeated == 0)
        #expect(result.rows.map(\.externalID) == ["1", "2", "3"])
        #expect(result.rows.map(products) == [["p×1", "q×2", "p×3"], ["p×1"], []])
        #expect(result.rows.map(\.quantity) == [6, 1, 4] && result.rows.map(\.amountMinor) == [3000, 3000, 1200])
        #expect(result.rows[0].order.lines.allSatisfy { $0.amountMinor == nil })
    }

    @Test("a shop's export is understood as it is: numbers, totals on the first rows only, lines")
    func shopExport() throws {
        let text = """
            Name,Email,Paid at,Currency,Total,Lineitem quantity,Lineitem name,Lineitem sku,Created at
            #1001,ana@example.com,2026-01-05 10:00:00 +0000,EUR,49.90,1,Shirt,LS-01,2026-01-05 10:00:00 +0000
            #1001,ana@example.com,,,,2,Scarf,WS-02,2026-01-05 10:00:00 +0000
            #1002,luc@example.com,2026-01-06 10:00:00 +0000,EUR,12.50,1,Scarf,WS-02,2026-01-06 10:00:00 +0000

            """
        let result = try outcomes(text)
        #expect(result.problems.isEmpty && result.rows.map(\.externalID) == ["#1001", "#1002"])
        #expect(result.rows.map(products) == [["Shirt×1", "Scarf×2"], ["Scarf×1"]])
        #expect(result.rows.map(\.amountMinor) == [4990, 1250])
    }

    @Test("an order that stands twice in a file is counted once, with its lines")
    func repeatedLines() throws {
        let order = "1,a,2024-01-01,30,p,1\n1,a,2024-01-01,30,q,2\n"
        let other = "2,a,2024-01-01,8,p,1\n"
        let result = try outcomes(Self.lines + order + order + other + order)
        #expect(result.rows.map(products) == [["p×1", "q×2"], ["p×1"]])
        #expect(result.problems.isEmpty && result.repeated == 4)
    }

    @Test("a row of the order that says something else is refused, and so are more lines than an order may have")
    func furtherProblems() throws {
        let text = """
            1,a,2024-01-01,30,p,1
            1,a,2024-01-01,31,q,1
            2,a,2024-01-01,30,p,1
            2,b,2024-01-01,30,q,1
            2,,,,q,1

            """
        let result = try outcomes(Self.lines + text)
        #expect(result.rows.map(products) == [["p×1"], ["p×1"]])
        #expect(result.problems.map(\.code) == [.orderIDReused, .orderIDReused, .missingValue])
        let rows = (0...ParsedRow.mostLines).map { "1,a,2024-01-01,30,p\($0),1\n" }.joined()
        let long = try outcomes(Self.lines + rows)
        #expect(long.rows.map(\.lines.count) == [ParsedRow.mostLines])
        #expect(long.problems.map(\.code) == [.tooManyLines])
    }

    @Test("consent columns become ledger entries as of the row's day")
    func consents() throws {
        let text =
            "user_id,ts,spend,consent_purpose,consent_expiry\na,2024-01-01,5,marketing_analytics;email_marketing,2025-01-01\n"
        let row = try #require(try outcomes(text).rows.first)
        #expect(row.purposes == [.marketingAnalytics, .emailMarketing] && row.consents.count == 2)
        #expect(row.consents.first?.expiresAt?.timeIntervalSince1970 == 1_735_732_800)
        let bad = try outcomes("user_id,ts,spend,consent_purpose\na,2024-01-01,5,everything\nb,2024-01-01,5,\n")
        #expect(bad.problems.map(\.code) == [.badConsent] && bad.rows.count == 1)
    }

    @Test("currency beside the amount, in a column, or as set")
    func currencies() throws {
        let text =
            "customer,date,amount,currency\na,2024-01-01,5,eur\nb,2024-01-01,5 GBP,\nc,2024-01-01,5,\nd,2024-01-01,5,euros\n"
        let result = try outcomes(text)
        #expect(result.rows.map(\.currency) == ["EUR", "GBP", "USD"])
        #expect(result.problems.map(\.code) == [.badCurrency])
    }

    @Test("the missing required column is named")
    func missingColumn() throws {
        let detected = try detect("date,amount\n2024-01-01,1\n")
        var mapping = ColumnMapping(currency: "USD", timeZone: "UTC")
        mapping.fill(from: detected)
        #expect(mapping.missing == [.customer])
    }

    @Test("occurrences are counted beyond the table's first size")
    func table() {
        var table = OccurrenceTable(capacity: 4)
        for round in 0..<3 {
            for value in 0..<5000 { #expect(table.count(UInt64(value * 7919)) == UInt32(round)) }
        }
    }
}
