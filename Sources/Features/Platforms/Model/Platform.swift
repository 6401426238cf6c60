/// The platforms the product knows by name. Only the file import is there yet; the others say so.
public enum Platform: String, Sendable, CaseIterable {
    case csv
    case triplewhale, hubspot, klaviyo, gohighlevel
    case googleAds = "google_ads"
    case metaAds = "meta_ads"
    case linkedinAds = "linkedin_ads"
    case tiktokAds = "tiktok_ads"
    case youtube, shopify, stripe, woocommerce, bigcommerce, magento, paypal, square

    public var isAvailable: Bool { self == .csv }

    /// Proper names; the same in every language.
    public var name: String {
        switch self {
        case .csv: "CSV"
        case .triplewhale: "TripleWhale"
        case .hubspot: "HubSpot"
        case .klaviyo: "Klaviyo"
        case .gohighlevel: "GoHighLevel"
        case .googleAds: "Google Ads"
        case .metaAds: "Meta Ads"
        case .linkedinAds: "LinkedIn Ads"
        case .tiktokAds: "TikTok Ads"
        case .youtube: "YouTube"
        case .shopify: "Shopify"
        case .stripe: "Stripe"
        case .woocommerce: "WooCommerce"
        case .bigcommerce: "BigCommerce"
        case .magento: "Magento"
        case .paypal: "PayPal"
        case .square: "Square"
        }
    }
}
