import Connectors
import FaultLab
import Foundation
import Records
import Testing
import VendorServers
import Web

/// For each platform and each act: the preview is what the vendor receives, and the vendor's state follows.
@Suite("Actions at platforms")
struct ActionTests {
    @Test("HubSpot: list, workflow by list, contact, consent, erasure")
    func hubspot() async throws {
        try await ActionLab.open(HubSpotConnector(), HubSpotServer.self) { lab in
            let ids = try await lab.people([3, 5], id: { String($0) })
            let added = try await lab.carriesOut(.list(.addToList, "7", ids))
            #expect(
                added.people
                    == Approval.People(asked: 2, included: 2, withoutConsent: 0, unknown: 0, purpose: "email_marketing")
            )
            #expect(lab.lab.server.book.members(of: "lists/7") == ["3", "5"])
            try await lab.carriesOut(.list(.removeFromList, "7", [ids[0]]))
            #expect(lab.lab.server.book.members(of: "lists/7") == ["5"])
            try await lab.carriesOut(.list(.startWorkflow, "8", [ids[1]]))
            try await lab.carriesOut(
                .of(.upsertContact) { ($0.customers, $0.properties) = ([ids[0]], ["lifecyclestage": "opportunity"]) })
            try await lab.carriesOut(
                .of(.setConsent) {
                    ($0.customers, $0.channel, $0.status, $0.listID) = ([ids[0]], "email", "unsubscribed", "11")
                })
            let erased = try await lab.carriesOut(.of(.erase) { $0.customers = [ids[1]] })
            #expect(erased.criticality == .critical)
        }
    }

    @Test("Klaviyo: list, flow, consent, suppression, property, event, erasure")
    func klaviyo() async throws {
        try await ActionLab.open(KlaviyoConnector(), KlaviyoServer.self) { lab in
            let ids = try await lab.people([3, 5], id: { "PROF\($0)" })
            try await lab.carriesOut(.list(.addToList, "L1", ids))
            try await lab.carriesOut(.list(.removeFromList, "L1", ids))
            try await lab.carriesOut(.status("flow", "FLOW0", "paused"))
            try await lab.carriesOut(
                .of(.upsertContact) { ($0.customers, $0.properties) = ([ids[0]], ["tier": "gold"]) })
            let yes = lab.lab.world.company.customer(3).emailConsent == true
            try await lab.carriesOut(
                .of(.setConsent) {
                    ($0.customers, $0.channel, $0.status) = ([ids[0]], "email", yes ? "unsubscribed" : "subscribed")
                })
            try await lab.carriesOut(.of(.suppress) { $0.customers = ids }, verified: nil)
            try await lab.carriesOut(.list(.startWorkflow, "Asked for help", [ids[1]]), verified: nil)
            #expect(lab.lab.server.book.members(of: "events/Asked for help") == ["PROF5"])
            try await lab.carriesOut(.of(.erase) { $0.customers = [ids[1]] }, verified: nil)
        }
    }

    @Test("GoHighLevel: tags, workflow, campaign, do-not-disturb, contact, opportunity, ad campaign")
    func gohighlevel() async throws {
        try await ActionLab.open(GoHighLevelConnector(), GoHighLevelServer.self) { lab in
            let ids = try await lab.people([3, 5], id: { "contact\($0)" })
            try await lab.carriesOut(.list(.addToList, "winter", ids))
            try await lab.carriesOut(.list(.removeFromList, "winter", ids))
            try await lab.carriesOut(.list(.startWorkflow, "wf1", [ids[0]]), verified: nil)
            try await lab.carriesOut(.list(.addToCampaign, "camp1", [ids[0]]), verified: nil)
            try await lab.carriesOut(
                .of(.setConsent) { ($0.customers, $0.channel, $0.status) = ([ids[0]], "sms", "unsubscribed") })
            try await lab.carriesOut(
                .of(.upsertContact) { ($0.customers, $0.properties) = ([ids[0]], ["city": "Vigo"]) })
            try await lab.carriesOut(.of(.setOpportunity) { ($0.id, $0.status) = ("opp1", "won") }, verified: nil)
            try await lab.carriesOut(.status("ad_campaign", "c1", "paused"), verified: nil)
        }
    }

    @Test("Google Ads: status of campaign, group and ad, the campaign's own budget, bid, audience in three calls")
    func googleAds() async throws {
        try await ActionLab.open(GoogleAdsConnector(), GoogleAdsServer.self, byOAuth: true) { lab in
            try await lab.carriesOut(.status("campaign", "7000", "paused"))
            try await lab.carriesOut(.status("ad_group", "80000", "paused"))
            try await lab.carriesOut(.status("ad", "80001~980001", "active"))
            let budget = try await lab.carriesOut(.money(.setBudget, "7000", 5500))
            #expect(budget.requests[0].url.hasSuffix("/campaignBudgets:mutate"))
            #expect(budget.criticality == .medium)
            try await lab.carriesOut(.money(.setBid, "80000", 130))
            await #expect(throws: ActionError.refused(.sharedBudget)) {
                try await lab.service.dryRun(lab.ana, lab.connection.id, .money(.setBudget, "7002", 9000))
            }
            let ids = try await lab.people([3, 5], id: { "shop\($0)" }, at: "con_shop")
            let audience = try await lab.carriesOut(.list(.uploadAudience, "77", ids), verified: nil)
            #expect(audience.requests.count == 3)
            #expect(lab.lab.server.book.members(of: "userLists/77").count == 2)
        }
    }

    @Test("Meta Ads: status, budget, bid, audience in and out, with the proof of the app")
    func metaAds() async throws {
        try await ActionLab.open(MetaAdsConnector(), MetaAdsServer.self) { lab in
            try await lab.carriesOut(.status("campaign", "23000", "paused"))
            try await lab.carriesOut(.status("ad_group", "24000", "paused"))
            try await lab.carriesOut(.status("ad", "25000", "paused"))
            let budget = try await lab.carriesOut(.money(.setBudget, "23001", 9000))
            #expect(budget.criticality == .high)
            try await lab.carriesOut(.money(.setBid, "24001", 400))
            let ids = try await lab.people([3, 5], id: { "shop\($0)" }, at: "con_shop")
            try await lab.carriesOut(.list(.uploadAudience, "9900", ids), verified: nil)
            #expect(lab.lab.server.book.members(of: "audience/9900").count == 2)
            try await lab.carriesOut(.list(.removeFromAudience, "9900", ids), verified: nil)
            #expect(lab.lab.server.book.members(of: "audience/9900").isEmpty)
        }
    }

    @Test("LinkedIn Ads: status of group, campaign and creative, daily budget, bid, audience")
    func linkedInAds() async throws {
        try await ActionLab.open(LinkedInAdsConnector(), LinkedInAdsServer.self, byOAuth: true) { lab in
            try await lab.carriesOut(.status("campaign", "600000", "paused"))
            try await lab.carriesOut(.status("ad_group", "700000", "paused"))
            try await lab.carriesOut(.status("ad", "800000", "paused"))
            try await lab.carriesOut(.money(.setBudget, "700001", 2750))
            try await lab.carriesOut(.money(.setBid, "700001", 475))
            let ids = try await lab.people([3, 5], id: { "shop\($0)" }, at: "con_shop")
            try await lab.carriesOut(.list(.uploadAudience, "55", ids), verified: nil)
        }
    }

    @Test("TikTok Ads: status also of Smart+ campaigns, budget, bid, audience as a file")
    func tikTokAds() async throws {
        try await ActionLab.open(TikTokAdsConnector(), TikTokAdsServer.self) { lab in
            try await lab.carriesOut(.status("campaign", TikTokAdsServer.campaignID(0), "paused"))
            let smart = try await lab.carriesOut(.status("campaign", TikTokAdsServer.campaignID(2), "paused"))
            #expect(smart.requests[0].url.contains("/smart_plus/campaign/status/update/"))
            try await lab.carriesOut(.status("ad", TikTokAdsServer.adID(1), "paused"))
            try await lab.carriesOut(.money(.setBudget, TikTokAdsServer.campaignID(0), 5550))
            try await lab.carriesOut(.money(.setBid, TikTokAdsServer.groupID(0), 130))
            let ids = try await lab.people([3, 5], id: { "shop\($0)" }, at: "con_shop")
            let audience = try await lab.carriesOut(.list(.uploadAudience, "4400", ids), verified: nil)
            #expect(audience.requests.count == 2)
            #expect(lab.lab.server.book.members(of: "audience/4400").count == 2)
        }
    }

    @Test("YouTube: title and description, with the rest of the record sent again")
    func youTube() async throws {
        try await ActionLab.open(YouTubeConnector(), YouTubeServer.self, byOAuth: true) { lab in
            let id = YouTubeServer.videoID(1)
            let done = try await lab.carriesOut(
                .of(.setText) { ($0.id, $0.title, $0.text) = (id, "Brewing {slowly}", "Two minutes.") })
            #expect(done.requests[0].body?.contains(#""categoryId":"26""#) == true)
        }
    }

    @Test("Shopify: tags, consent, discount code")
    func shopify() async throws {
        try await ActionLab.open(ShopifyConnector(), ShopifyServer.self) { lab in
            let ids = try await lab.people([3, 5], id: { "gid://shopify/Customer/\($0)" })
            try await lab.carriesOut(.list(.addToList, "winter", ids))
            try await lab.carriesOut(.list(.removeFromList, "winter", ids))
            let yes = lab.lab.world.company.customer(3).emailConsent == true
            try await lab.carriesOut(
                .of(.setConsent) {
                    ($0.customers, $0.channel, $0.status) = ([ids[0]], "email", yes ? "unsubscribed" : "subscribed")
                })
            try await lab.carriesOut(.of(.createDiscount) { ($0.code, $0.percent) = ("WINTER15", 15) })
        }
    }

    @Test("Stripe: pause, end and resume a subscription, promotion code in two calls, segment")
    func stripe() async throws {
        try await ActionLab.open(StripeConnector(), StripeServer.self) { lab in
            let paused = try await lab.carriesOut(.status("subscription", "sub_0", "paused"))
            #expect(paused.requests[0].headers.contains { $0.value == paused.id + "-0" })
            try await lab.carriesOut(.status("subscription", "sub_0", "active"))
            try await lab.carriesOut(.of(.cancelSubscription) { ($0.id, $0.atPeriodEnd) = ("sub_5", true) })
            try await lab.carriesOut(.of(.cancelSubscription) { ($0.id, $0.atPeriodEnd) = ("sub_10", false) })
            try await lab.carriesOut(.of(.createDiscount) { ($0.code, $0.percent) = ("WINTER15", 15) })
            let ids = try await lab.people([3, 5], id: { "cus_\($0)" })
            let segment = try await lab.carriesOut(.list(.addToList, "vip", ids))
            #expect(segment.requests.count == 2)
        }
    }

    @Test("WooCommerce: segment field and coupon")
    func wooCommerce() async throws {
        try await ActionLab.open(WooCommerceConnector(), WooCommerceServer.self) { lab in
            let ids = try await lab.people([3, 5], id: { String($0 + 1) })
            try await lab.carriesOut(.list(.addToList, "winter", ids))
            try await lab.carriesOut(.list(.removeFromList, "winter", ids))
            try await lab.carriesOut(.of(.createDiscount) { ($0.code, $0.percent) = ("WINTER15", 15) })
        }
    }

    @Test("BigCommerce: customer group and coupon")
    func bigCommerce() async throws {
        try await ActionLab.open(BigCommerceConnector(), BigCommerceServer.self) { lab in
            let ids = try await lab.people([3, 5], id: { String($0 + 1) })
            try await lab.carriesOut(.list(.addToList, "4", ids))
            try await lab.carriesOut(.list(.removeFromList, "4", ids))
            let end = lab.lab.time.now.addingTimeInterval(86_400)
            try await lab.carriesOut(
                .of(.createDiscount) { ($0.code, $0.percent, $0.endsAt) = ("WINTER15", 15, end) })
        }
    }

    @Test("Magento: customer group, newsletter, coupon codes of a rule")
    func magento() async throws {
        try await ActionLab.open(MagentoConnector(), MagentoServer.self) { lab in
            let ids = try await lab.people([3], id: { String($0 + 1) })
            try await lab.carriesOut(.list(.addToList, "4", ids))
            let yes = lab.lab.world.company.customer(3).emailConsent == true
            try await lab.carriesOut(
                .of(.setConsent) {
                    ($0.customers, $0.channel, $0.status) = ([ids[0]], "email", yes ? "unsubscribed" : "subscribed")
                })
            try await lab.carriesOut(.of(.generateCoupons) { ($0.listID, $0.count) = ("12", 5) }, verified: nil)
            #expect(lab.lab.server.book.members(of: "coupons").count == 5)
        }
    }

    @Test("PayPal and Square: subscriptions and groups")
    func payments() async throws {
        try await ActionLab.open(PayPalConnector(), PayPalServer.self) { lab in
            try await lab.carriesOut(.status("subscription", "I-SUB0", "paused"))
            try await lab.carriesOut(.of(.cancelSubscription) { ($0.id, $0.atPeriodEnd) = ("I-SUB1", false) })
        }
        try await ActionLab.open(SquareConnector(), SquareServer.self) { lab in
            let ids = try await lab.people([3, 5], id: { "C\($0)" })
            try await lab.carriesOut(.list(.addToList, "G1", ids))
            try await lab.carriesOut(.list(.removeFromList, "G1", ids))
            try await lab.carriesOut(.status("subscription", "S0", "paused"), verified: nil)
        }
    }

    @Test("Triple Whale: erasure by address")
    func tripleWhale() async throws {
        try await ActionLab.open(TripleWhaleConnector(), TripleWhaleServer.self) { lab in
            let ids = try await lab.people([3], id: { "shop\($0)" }, at: "con_shop")
            let erased = try await lab.carriesOut(.of(.erase) { $0.customers = ids }, verified: nil)
            let email = lab.lab.world.company.customer(3).email
            #expect(erased.requests[0].body?.contains(email) == false, "a kept request shows no address")
        }
    }
}
