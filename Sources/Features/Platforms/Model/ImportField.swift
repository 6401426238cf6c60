/// What a column of a file can mean to us.
public enum ImportField: String, Sendable, Codable, CaseIterable {
    case customer, date, amount, quantity, currency, email
    case orderID = "order_id"
    case refunded, product
    case country
    case consentPurpose = "consent_purpose"
    case consentExpiry = "consent_expiry"

    /// The row's own id at its source.
    case id
    case phone
    case firstName = "first_name"
    case lastName = "last_name"
    case region, language
    case lifecycleStage = "lifecycle_stage"
    case tags

    case eventType = "event_type"
    case channel
    case contentID = "content_id"
    case campaign, url

    case level
    case entity = "entity_id"
    case source, spend, impressions, clicks, conversions
    case conversionValue = "conversion_value"
    case reach
    case videoViews = "video_views"
    case sends, opens, unsubscribes, orders, revenue, sessions

    case title, sku, variant, price, cost, stock, status, category
    case kind, fee, net, method

    case account = "account_id"
    case until
    case logins
    case featuresUsed = "features_used"
    case sessionMinutes = "session_minutes"
    case tickets
    case daysActive = "days_active"
    case nps, csat

    case vertical, metric, unit, p10, p25, p50, p75, p90
    case sampleSize = "sample_size"

    /// The field a header's word stands for in files of this kind, in English and Spanish. Of a nested name
    /// (`address.country`) the last part counts where the whole means nothing.
    public static func known(as name: String, in template: ImportTemplate = .orders) -> ImportField? {
        let words = ImportWords.of(template)
        if let field = words[plain(name)] { return field }
        guard let last = name.split(separator: ".").last, last.count < name.count else { return nil }
        return words[plain(String(last))]
    }

    /// Letters and digits; bytes above ASCII stay, so that accents are part of the word.
    private static func plain(_ name: String) -> String {
        let isLetter = { (byte: UInt8) in 0x61...0x7A ~= byte || 0x30...0x39 ~= byte || byte >= 0x80 }
        return String(decoding: name.lowercased().utf8.filter(isLetter), as: UTF8.self)
    }
}
