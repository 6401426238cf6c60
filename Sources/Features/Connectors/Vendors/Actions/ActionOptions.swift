/// What the forms of actions offer, platform by platform: only what the platform has.
extension GoogleAdsConnector {
    public func options(of kind: ActionKind, for field: String) -> [String]? { AdForms.options(kind, field) }
}

extension MetaAdsConnector {
    public func options(of kind: ActionKind, for field: String) -> [String]? { AdForms.options(kind, field) }
}

extension LinkedInAdsConnector {
    public func options(of kind: ActionKind, for field: String) -> [String]? { AdForms.options(kind, field) }
}

extension TikTokAdsConnector {
    public func options(of kind: ActionKind, for field: String) -> [String]? { AdForms.options(kind, field) }
}

extension KlaviyoConnector {
    public func options(of kind: ActionKind, for field: String) -> [String]? {
        switch (kind, field) {
        case (.setStatus, "entity"): ["flow", "campaign"]
        case (.setConsent, "channel"): ["email"]
        default: nil
        }
    }
}

extension HubSpotConnector {
    public func options(of kind: ActionKind, for field: String) -> [String]? {
        kind == .setConsent && field == "channel" ? ["email"] : nil
    }
}

extension MagentoConnector {
    public func options(of kind: ActionKind, for field: String) -> [String]? {
        kind == .setConsent && field == "channel" ? ["email"] : nil
    }
}

extension GoHighLevelConnector {
    public func options(of kind: ActionKind, for field: String) -> [String]? {
        kind == .setStatus && field == "entity" ? ["ad_campaign"] : nil
    }
}

extension StripeConnector {
    public func options(of kind: ActionKind, for field: String) -> [String]? {
        kind == .setStatus && field == "entity" ? ["subscription"] : nil
    }
}

extension PayPalConnector {
    /// A subscription ends at once.
    public func options(of kind: ActionKind, for field: String) -> [String]? {
        switch (kind, field) {
        case (.setStatus, "entity"): ["subscription"]
        case (.cancelSubscription, "at_period_end"): ["no"]
        default: nil
        }
    }
}

extension SquareConnector {
    /// A subscription ends with its period.
    public func options(of kind: ActionKind, for field: String) -> [String]? {
        switch (kind, field) {
        case (.setStatus, "entity"): ["subscription"]
        case (.cancelSubscription, "at_period_end"): ["yes"]
        default: nil
        }
    }
}

enum AdForms {
    /// Campaigns, groups of ads, and ads.
    static func options(_ kind: ActionKind, _ field: String) -> [String]? {
        kind == .setStatus && field == "entity" ? ["campaign", "ad_group", "ad"] : nil
    }
}
