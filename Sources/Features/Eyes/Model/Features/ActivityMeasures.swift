/// Everything counted in one pass over what a customer did besides ordering, before a cut-off.
struct ActivityMeasures {
    private var own = 0.0
    private var first7 = 0.0
    private var first30 = 0.0
    private var second30 = 0.0
    private var firstDay = 0
    private var lastDay = 0
    private var clicks90 = 0.0
    private var delivered90 = 0.0
    private var support90 = 0.0
    private var failures90 = 0.0
    private var hasUnsubscribed = false
    private var types: Set<UInt32> = []
    private var channels: Set<UInt32> = []
    private var contents: Set<UInt64> = []
    private var byChannel: [UInt32: Double] = [:]
    private let subscription: SubscriptionPoint?
    private let cutOff: Int
    /// Days as a customer, for those who never did anything else.
    private let tenure: Double
    private let spend: Double

    private static let email = EventPoint.short("email")
    private static let sms = EventPoint.short("sms")
    private static let web = EventPoint.short("web")
    private static let ads = EventPoint.short("ads")

    init(_ activity: CustomerActivity, customer: Int, cutOff: Int, tenure: Double, spend: Double) {
        self.cutOff = cutOff
        self.tenure = tenure
        self.spend = spend
        subscription = activity.subscriptions[Int32(customer)]?.last { $0.isActive(at: cutOff) }
        for event in activity.events(of: customer) where Int(event.day) < cutOff { add(event) }
    }

    private mutating func add(_ event: EventPoint) {
        let age = cutOff - Int(event.day)
        if age <= 90 {
            switch event.kind {
            case .emailClick: clicks90 += 1
            case .emailDelivered: delivered90 += 1
            case .support: support90 += 1
            case .paymentFailure: failures90 += 1
            default: break
            }
        }
        if event.kind == .unsubscribe { hasUnsubscribed = true }
        guard event.kind.isOwn else { return }
        if own == 0 { firstDay = Int(event.day) }
        lastDay = Int(event.day)
        own += 1
        if age <= 7 { first7 += 1 }
        if age <= 30 { first30 += 1 } else if age <= 60 { second30 += 1 }
        types.insert(event.type)
        if event.content != 0 { contents.insert(event.content) }
        guard event.channel != 0 else { return }
        channels.insert(event.channel)
        byChannel[event.channel, default: 0] += 1
    }

    /// Nil for a feature of orders.
    func value(of feature: Feature) -> Double? {
        switch feature {
        case .totalEvents: own
        case .uniqueEventTypes: Double(types.count)
        case .uniqueChannels: Double(channels.count)
        case .uniqueContent: Double(contents.count)
        case .eventsEmail: byChannel[Self.email] ?? 0
        case .eventsSMS: byChannel[Self.sms] ?? 0
        case .eventsWeb: byChannel[Self.web] ?? 0
        case .eventsAds: byChannel[Self.ads] ?? 0
        case .spendPerEvent: own > 0 ? spend / own : 0
        case .daysSinceLastEvent: own > 0 ? Double(cutOff - lastDay) : tenure
        case .events0to7: first7
        case .events0to30: first30
        case .events30to60: second30
        case .eventsTrend: first30 - second30
        case .engagementScore: 0.4 * perDay + 0.3 * Double(types.count) + 0.3 * Double(channels.count)
        case .contentDiversity: own > 0 ? Double(contents.count) / own : 0
        case .emailClicks90: clicks90
        case .emailClickRate90: delivered90 > 0 ? min(clicks90 / delivered90, 1) : 0
        case .unsubscribedAny: hasUnsubscribed ? 1 : 0
        case .supportContacts90: support90
        case .paymentFailures90: failures90
        case .hasSubscription: subscription == nil ? 0 : 1
        case .daysToRenewal: subscription.map { Double($0.daysToRenewal(at: cutOff)) } ?? 0
        default: nil
        }
    }

    /// Over whole days between the first and the last event, plus one.
    private var perDay: Double { own > 0 ? own / Double(lastDay - firstDay + 1) : 0 }
}
