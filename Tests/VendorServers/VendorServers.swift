/// Every platform's server. One line each, in alphabetical order.
public enum VendorServers {
    public static let all: [any VendorServer.Type] = [
        BigCommerceServer.self,
        GoHighLevelServer.self,
        GoogleAdsServer.self,
        HubSpotServer.self,
        KlaviyoServer.self,
        LinkedInAdsServer.self,
        MagentoServer.self,
        MetaAdsServer.self,
        PayPalServer.self,
        ShopifyServer.self,
        SquareServer.self,
        StripeServer.self,
        TikTokAdsServer.self,
        TripleWhaleServer.self,
        WooCommerceServer.self,
        YouTubeServer.self,
    ]

    public static func make(_ world: VendorWorld) -> [any VendorServer] { all.map { $0.init(world) } }
}
