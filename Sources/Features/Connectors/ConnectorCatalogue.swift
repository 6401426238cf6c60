extension Connectors {
    /// Every platform there is a connector for. One line each, in alphabetical order.
    public static let all: [any Connector] = [
        BigCommerceConnector(),
        GoHighLevelConnector(),
        GoogleAdsConnector(),
        HubSpotConnector(),
        KlaviyoConnector(),
        LinkedInAdsConnector(),
        MagentoConnector(),
        MetaAdsConnector(),
        PayPalConnector(),
        ShopifyConnector(),
        SquareConnector(),
        StripeConnector(),
        TikTokAdsConnector(),
        TripleWhaleConnector(),
        WooCommerceConnector(),
        YouTubeConnector(),
    ]
}
