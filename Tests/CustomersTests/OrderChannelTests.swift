import Customers
import Testing

@Suite("Ways that orders came")
struct OrderChannelTests {
    @Test(
        "the campaign's words decide before the name of the place",
        arguments: [
            (nil, nil, nil, OrderChannel.untold), ("web", nil, nil, .web), ("web", "newsletter", "email", .email),
            ("web", "klaviyo", "e-mail", .email), ("web", nil, "email_campaign", .email), ("pos", nil, nil, .store),
            ("Square Point of Sale", nil, nil, .store), ("web", "google", "cpc", .ads),
            ("web", "facebook", "paid-social", .ads), ("web", "facebook", "paid_social", .ads),
            ("web", "attentive", "sms", .sms), ("web", "google", "organic", .web), ("typein", nil, nil, .web),
            ("Online", nil, nil, .web), ("shopify_draft_order", nil, nil, .other), ("1234567", nil, nil, .other),
            ("checkout", nil, nil, .web), ("admin", nil, nil, .other), ("", "", "", .untold),
            (nil, "example", nil, .web),
        ] as [(String?, String?, String?, OrderChannel)])
    func channels(_ name: String?, _ source: String?, _ medium: String?, _ expected: OrderChannel) {
        #expect(OrderChannel(sourceName: name, utmSource: source, utmMedium: medium) == expected)
    }
}
