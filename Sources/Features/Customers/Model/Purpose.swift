/// What customers' data is used for. Every read names one, and people are consented to it or left out.
public struct Purpose: RawRepresentable, Sendable, Hashable, Codable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// Segments and predictions (EYES).
    public static let marketingAnalytics = Purpose(rawValue: "marketing_analytics")
    public static let emailMarketing = Purpose(rawValue: "email_marketing")
    public static let smsMarketing = Purpose(rawValue: "sms_marketing")
    public static let pushMarketing = Purpose(rawValue: "push_marketing")
    public static let inAppMarketing = Purpose(rawValue: "in_app_marketing")
    public static let adAudiences = Purpose(rawValue: "ad_audiences")
    public static let personalization = Purpose(rawValue: "personalization")
    /// Showing people their own customers, masked. It needs no consent and gives no analysis.
    public static let service = Purpose(rawValue: "service")

    /// The purposes a consent can be given for.
    public static let consentable: [Purpose] = [
        .marketingAnalytics, .emailMarketing, .smsMarketing, .pushMarketing, .inAppMarketing, .adAudiences,
        .personalization,
    ]

    /// A purpose named in a file or a request; nil where it is none that consent can be given for.
    public init?(stored word: some StringProtocol) {
        let purpose = Purpose(rawValue: String(word))
        guard Purpose.consentable.contains(purpose) else { return nil }
        self = purpose
    }
}
