/// What an event means to EYES.
enum EventKind: UInt8, Sendable {
    /// Something the person did that is none of the below.
    case other
    /// click, page_view, add_to_cart, form_submit, login, reply, meeting: what counts as activity where nobody orders.
    case engagement
    case emailClick
    /// Sent to the person, not done by them; counts only as the base of a click rate.
    case emailDelivered
    case unsubscribe
    case support
    case paymentFailure

    private static let engaging: Set<String> = [
        "click", "page_view", "product_view", "add_to_cart", "checkout_started", "form_submit", "login", "reply",
        "meeting", "sms_click", "ad_click",
    ]

    /// Nil for what is no sign of the person: orders, which have rows of their own, opens, which machines make too, and
    /// what was merely sent.
    init?(type: String) {
        switch type {
        case "email_click": self = .emailClick
        case "email_delivered": self = .emailDelivered
        case "email_unsubscribe", "sms_unsubscribe", "unsubscribe": self = .unsubscribe
        case _ where type.hasPrefix("support") || type.hasPrefix("ticket"): self = .support
        case _ where Self.engaging.contains(type): self = .engagement
        case _ where type.hasPrefix("order_") || Self.passive.contains(where: type.hasSuffix): return nil
        default: self = .other
        }
    }

    private static let passive = [
        "_open", "_delivered", "_sent", "_bounce", "_dropped", "_failed", "_spam", "_complaint",
    ]

    /// Counts as activity where nobody orders.
    var isEngagement: Bool { self == .engagement || self == .emailClick }

    /// Whether the person did it.
    var isOwn: Bool { self != .emailDelivered && self != .paymentFailure }
}

/// One event as EYES sees it. Names are kept as fingerprints: features only ask which are equal.
struct EventPoint: Sendable, Equatable {
    /// Milliseconds since the epoch, UTC.
    let at: Int64
    /// The organization's local day.
    let day: Int32
    let kind: EventKind
    let type: UInt32
    /// 0: none.
    let channel: UInt32
    /// 0: none.
    let content: UInt64

    /// FNV-1a.
    static func fingerprint(_ text: String?) -> UInt64 {
        guard let text else { return 0 }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash
    }

    static func short(_ text: String?) -> UInt32 {
        let hash = fingerprint(text)
        return UInt32(truncatingIfNeeded: hash ^ (hash >> 32))
    }

    /// The order in a snapshot.
    var key: (Int64, UInt8, UInt32, UInt32, UInt64) { (at, kind.rawValue, type, channel, content) }

    /// What the row's fingerprint is made from.
    var fields: [UInt64] {
        [
            UInt64(bitPattern: at), UInt64(kind.rawValue), UInt64(type) << 32 | UInt64(channel), content,
        ]
    }
}

/// A subscription as EYES sees it: what it was on any day follows from these alone.
struct SubscriptionPoint: Sendable, Equatable {
    let startDay: Int32
    /// The day it ended; nil while it runs.
    let endDay: Int32?
    let intervalDays: Int32

    static let intervals: [String: Int32] = ["day": 1, "week": 7, "month": 30, "year": 365]

    func isActive(at cutOff: Int) -> Bool {
        Int(startDay) < cutOff && endDay.map { Int($0) >= cutOff } ?? true
    }

    /// Days to the next renewal, counted from the start by whole intervals.
    func daysToRenewal(at cutOff: Int) -> Int {
        let interval = max(Int(intervalDays), 1)
        return interval - (cutOff - Int(startDay)) % interval
    }

    var key: (Int32, Int32, Int32) { (startDay, endDay ?? .max, intervalDays) }
    var fields: [UInt64] {
        [startDay, endDay ?? .max, intervalDays].map { UInt64(UInt32(bitPattern: $0)) }
    }
}
