/// The types of events that mean something to everybody (product 02 §2a), and names a source makes up.
public enum EventType {
    public static let known: Set<String> = [
        "page_view", "product_view", "add_to_cart", "checkout_started", "order_placed", "order_refunded", "form_submit",
        "login", "search", "click", "email_sent", "email_delivered", "email_open", "email_click", "email_bounce",
        "email_unsubscribe", "email_complaint", "sms_sent", "sms_click", "reply", "call", "meeting", "support_contact",
        "ad_click", "video_view", "review", "subscription_started", "subscription_canceled", "payment_failed",
    ]
    private static let made = "custom:"

    /// One of the known types, or `custom:` with a name of its own.
    public static func isValid(_ type: String) -> Bool {
        known.contains(type) || type.hasPrefix(made) && isName(type.dropFirst(made.count))
    }

    /// What a file calls an event: a known type however it is written, or a name of the source's own.
    public static func reading(_ word: String) -> String? {
        let name = String(word.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
        if isValid(name) { return name }
        return isName(name) ? made + name : nil
    }

    private static func isName(_ name: some StringProtocol) -> Bool {
        1...64 ~= name.utf8.count
            && name.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x5F || $0 == 0x2E }
    }
}

extension MetricDayInput {
    /// What a row of figures is about.
    public static let levels: Set<String> = ["account", "campaign", "ad_group", "ad", "email", "flow", "video", "site"]
}

extension ProductInput {
    public static let statuses: Set<String> = ["active", "draft", "archived"]
}

extension PaymentInput {
    public static let statuses: Set<String> = ["succeeded", "pending", "failed", "cancelled"]
}
