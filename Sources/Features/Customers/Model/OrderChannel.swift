/// The way an order came, as far as its source tells.
public enum OrderChannel: UInt8, Sendable, CaseIterable {
    case untold = 0
    case email, sms, ads, web, store, other

    /// From the words of the campaign that led to the order, else from the source's own name for the place.
    public init(sourceName: String?, utmSource: String?, utmMedium: String?) {
        let medium = utmMedium?.lowercased() ?? ""
        let campaign = utmSource?.lowercased() ?? ""
        let place = sourceName?.lowercased() ?? ""
        if medium.isEmpty, campaign.isEmpty, place.isEmpty {
            self = .untold
        } else if Self.isAny(of: Self.emails, in: medium) || Self.emails.contains(campaign) {
            self = .email
        } else if Self.isAny(of: Self.texts, in: medium) || Self.texts.contains(campaign) {
            self = .sms
        } else if Self.isAny(of: Self.paid, in: medium) {
            self = .ads
        } else if Self.isAny(of: Self.counters, in: place) {
            self = .store
        } else if !medium.isEmpty || !campaign.isEmpty || Self.isAny(of: Self.sites, in: place) {
            self = .web
        } else {
            self = .other
        }
    }

    private static let emails: Set<String> = ["email", "e-mail", "mail", "newsletter"]
    private static let texts: Set<String> = ["sms", "mms", "text"]
    private static let paid: Set<String> = [
        "cpc", "ppc", "cpm", "cpv", "cpa", "paid", "paidsearch", "paidsocial", "display", "banner", "ad", "ads",
        "retargeting", "remarketing", "shopping",
    ]
    private static let counters: Set<String> = ["pos", "sale", "store", "retail", "register", "counter"]
    private static let sites: Set<String> = [
        "web", "www", "online", "website", "checkout", "mobile", "iphone", "android", "ios", "app", "funnel", "typein",
        "direct", "organic", "referral", "utm",
    ]

    /// Whether one of the words of a text is among these.
    private static func isAny(of words: Set<String>, in text: String) -> Bool {
        !text.isEmpty
            && text.split { !$0.isLetter && $0 != "-" }.contains { word in
                words.contains(String(word)) || word.split(separator: "-").contains { words.contains(String($0)) }
            }
    }
}

/// Channels of very many orders: the few texts there are, each looked at once.
struct OrderChannels {
    private struct Texts: Hashable {
        let name: String?
        let source: String?
        let medium: String?
    }

    private var known: [Texts: OrderChannel] = [:]
    /// Sources may put anything there.
    private static let mostKnown = 10_000

    mutating func channel(name: String?, source: String?, medium: String?) -> OrderChannel {
        if name == nil, source == nil, medium == nil { return .untold }
        let texts = Texts(name: name, source: source, medium: medium)
        if let channel = known[texts] { return channel }
        let channel = OrderChannel(sourceName: name, utmSource: source, utmMedium: medium)
        if known.count < Self.mostKnown { known[texts] = channel }
        return channel
    }
}
