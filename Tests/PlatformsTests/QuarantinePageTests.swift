import Foundation
import Records
import Testing
import Web

@testable import Connectors
@testable import Platforms

@Suite("Page of records that were put aside")
struct QuarantinePageTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    private let now = Date(timeIntervalSince1970: 1_795_000_000)

    private func row(_ externalID: String, _ field: String, _ reason: String) -> QuarantinedRow {
        QuarantinedRow(
            id: "qtn_\(field)", connectionID: "con_1", platform: "shopify", stream: "orders", externalID: externalID,
            field: field, reason: reason, rawID: "raw_1", runID: "run_1", firstSeenAt: now.addingTimeInterval(-7200),
            lastSeenAt: now, expiresAt: now.addingTimeInterval(86_400))
    }

    private func page(_ locale: AppLocale, mayRetry: Bool = true, showsIgnored: Bool = false) throws -> String {
        let words = Localizer(locale, catalogue: try Catalogue.load(directory: Self.root + "/Locales"))
        return QuarantineTable(
            rows: [row("gid://shopify/Order/41", "totalPriceSet", "missing"), row("#9F2C", "status", "unknown: odd")],
            words: ConnectionWords(words: words, now: now), base: "/o/shop", mayRetry: mayRetry,
            showsIgnored: showsIgnored, labels: ["con_1": "Main store"]
        ).html.html
    }

    @Test("each record says which, where from, which field and why, with buttons", arguments: [AppLocale.en, .es])
    func rows(_ locale: AppLocale) throws {
        let html = try page(locale)
        for part in [
            ">41<", "Main store", "totalPriceSet", "unknown: odd", "/o/shop/quarantine/qtn_totalPriceSet/retry",
            "/o/shop/quarantine/qtn_status/ignore",
        ] { #expect(html.contains(part), "\(part)") }
        #expect(!html.contains("gid://") && !html.contains("9F2C") && !html.contains("health."))
    }

    @Test("ignored records can only be listed again, and whoever may not manage has no button")
    func rights() throws {
        let ignored = try page(.en, showsIgnored: true)
        #expect(ignored.contains("/qtn_status/restore") && !ignored.contains("/retry"))
        #expect(try !page(.en, mayRetry: false).contains("<form"))
    }
}
