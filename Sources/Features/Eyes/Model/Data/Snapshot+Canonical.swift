import Customers

extension Snapshot {
    /// The input in canonical form, in pieces: lines for what holds of all rows, then one line a customer, an order, an
    /// ordered product, an event, a subscription. The run hashes these bytes. A piece ends with a customer's last line.
    func writeCanonical(_ write: ([UInt8]) throws -> Void) rethrows {
        var lines = CanonicalLines()
        if activity.hasPayments { lines.add("p") }
        if qualifying == .engagement { lines.add("q") }
        for index in customers.indices {
            lines.begin("c", customers[index])
            for order in placedOrders(of: index) { lines.add(order) }
            for point in activity.products(of: index) { lines.add(point) }
            for event in activity.events(of: index) { lines.add(event) }
            for point in activity.subscriptions[Int32(index)] ?? [] { lines.add(point) }
            if lines.bytes.count > CanonicalLines.pieceSize {
                try write(lines.bytes)
                lines.bytes.removeAll(keepingCapacity: true)
            }
        }
        try write(lines.bytes)
    }
}

/// Words and whole numbers, a blank between two, a line feed at the end of a line.
private struct CanonicalLines {
    static let pieceSize = 60_000

    var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(Self.pieceSize + 10_000) }

    mutating func add(_ word: StaticString) {
        begin(word)
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func begin(_ word: StaticString, _ text: String) {
        begin(word)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func add(_ order: OrderPoint) {
        begin(order.isConverted ? "o" : "u")
        append(order.placedAt)
        append(order.day)
        if order.isConverted {
            append(order.amountMinor)
            append(order.refundedMinor)
            append(order.discountMinor)
        }
        if order.channel != .untold { append(order.channel.rawValue) }
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func add(_ point: ProductPoint) {
        begin("l")
        append(point.at)
        append(point.day)
        append(point.product)
        append(point.quantity)
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func add(_ event: EventPoint) {
        begin("e")
        append(event.at)
        append(event.day)
        append(event.kind.rawValue)
        append(event.type)
        append(event.channel)
        append(event.content)
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func add(_ point: SubscriptionPoint) {
        begin("s")
        append(point.startDay)
        if let end = point.endDay {
            append(end)
        } else {
            bytes.append(UInt8(ascii: " "))
            bytes.append(UInt8(ascii: "-"))
        }
        append(point.intervalDays)
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func begin(_ word: StaticString) {
        word.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// In decimal digits: written from the last one backwards, where the library would make a string of each number.
    private mutating func append(_ number: some FixedWidthInteger) {
        bytes.append(UInt8(ascii: " "))
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = UInt64(number.magnitude)
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            bytes.append(UInt8(ascii: "0") + UInt8(digit))
            rest = quotient
        } while rest > 0
        bytes[start...].reverse()
    }
}
