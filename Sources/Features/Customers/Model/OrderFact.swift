/// One order as analysis sees it: who (by place in the reading's list), when, how much. Nothing personal.
public struct OrderFact: Sendable, Equatable {
    /// Index into ``PurposeReading/customers``.
    public let customer: Int32
    public let quantity: Int32
    /// Milliseconds since 1970; sources that know only the day stand at noon UTC of it.
    public let placedAt: Int64
    /// Gross at placement, in minor units of the organization's currency; nil where there is no rate into it. Then there
    /// is no refund and no discount either.
    public let amountMinor: Int64?
    public let refundedMinor: Int64
    public let discountMinor: Int64
    public let channel: OrderChannel
    /// Empty where the source does not tell.
    public let lines: [OrderLine]

    public init(
        customer: Int32, quantity: Int32, placedAt: Int64, amountMinor: Int64?, refundedMinor: Int64,
        discountMinor: Int64, channel: OrderChannel = .untold, lines: [OrderLine] = []
    ) {
        self.channel = channel
        self.lines = lines
        self.customer = customer
        self.quantity = quantity
        self.placedAt = placedAt
        self.amountMinor = amountMinor
        self.refundedMinor = refundedMinor
        self.discountMinor = discountMinor
    }
}

/// Orders of usable customers that are not facts, by reason, and those whose amount is none.
public struct OrderExclusions: Sendable, Equatable, Codable {
    public var test = 0
    public var cancelled = 0
    /// In another currency, without a rate: facts without an amount.
    public var unconverted = 0
    /// Told once more by a source that has them from a shop; nil where there are none.
    public var retold: Int?

    public init() {}

    public static func += (sum: inout OrderExclusions, more: OrderExclusions) {
        sum.test += more.test
        sum.cancelled += more.cancelled
        sum.unconverted += more.unconverted
        if let retold = more.retold { sum.retold = (sum.retold ?? 0) + retold }
    }
}

public struct OrderFactBatch: Sendable {
    public let facts: [OrderFact]
    /// Only of the orders looked at for this batch; add them up.
    public let excluded: OrderExclusions
}
