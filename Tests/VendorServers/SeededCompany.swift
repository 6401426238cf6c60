import Foundation
import Vault

/// One shop, the same on every platform: customers, orders, products, campaigns and what people did.
///
/// Everything follows from a row's number, so that a company of two million events takes no memory; only what a test
/// changes is kept.
public struct SeededCompany: Sendable {
    public struct Size: Sendable {
        public var customers: Int
        public var orders: Int
        public var products: Int
        public var campaigns: Int
        public var events: Int
        public var days: Int
        /// Whether people come over the years, buy in a rhythm of their own and leave; else anybody buys at any time.
        public var hasHabits: Bool

        public init(
            customers: Int = 120, orders: Int = 360, products: Int = 24, campaigns: Int = 4, events: Int = 900,
            days: Int = 60, hasHabits: Bool = false
        ) {
            self.customers = customers
            self.orders = orders
            self.products = products
            self.campaigns = campaigns
            self.events = events
            self.days = days
            self.hasHabits = hasHabits
        }

        /// Fifteen months of a shop that an analysis can say something about.
        public static let large = Size(
            customers: 900, orders: 4200, products: 40, campaigns: 6, events: 6000, days: 456, hasHabits: true)
    }

    public struct Customer: Sendable, Equatable {
        public var number: Int
        public var email: String
        public var phone: String
        public var firstName: String
        public var lastName: String
        public var country: String
        public var city: String
        public var tags: [String]
        public var createdAt: Date
        public var updatedAt: Date
        /// nil: the person never said anything.
        public var emailConsent: Bool?
        public var emailConsentAt: Date
        public var smsConsent: Bool?
        public var bounced: Bool
        public var isDeleted: Bool
    }

    public struct Order: Sendable, Equatable {
        public var number: Int
        public var customer: Int
        public var placedAt: Date
        public var updatedAt: Date
        public var product: Int
        public var quantity: Int
        public var subtotalMinor: Int64
        public var discountMinor: Int64
        public var taxMinor: Int64
        public var shippingMinor: Int64
        public var refundedMinor: Int64
        public var isTest: Bool
        public var isCancelled: Bool
        public var isDeleted: Bool

        /// Gross at placement.
        public var totalMinor: Int64 { subtotalMinor - discountMinor + taxMinor + shippingMinor }
    }

    public struct Product: Sendable, Equatable {
        public var number: Int
        public var title: String
        public var sku: String
        public var priceMinor: Int64
        public var costMinor: Int64
        public var stock: Int
        public var isActive: Bool
        public var createdAt: Date
        public var updatedAt: Date
    }

    public struct Campaign: Sendable, Equatable {
        public var number: Int
        public var name: String
        public var isActive: Bool
        public var dailyBudgetMinor: Int64
        public var createdAt: Date
        public var updatedAt: Date
        public var startAt: Date
    }

    /// A campaign's figures on a day.
    public struct AdDay: Sendable, Equatable {
        public var campaign: Int
        public var day: String
        public var spendMinor: Int64
        public var impressions: Int64
        public var clicks: Int64
        public var conversions: Int64
        public var valueMinor: Int64
    }

    public struct Event: Sendable, Equatable {
        public var number: Int
        /// `email_sent`, `email_open`, `email_click`, `page_view`, `add_to_cart`.
        public var type: String
        public var customer: Int
        public var campaign: Int
        public var at: Date
    }

    public let name = "Northwind Coffee"
    public let domain = "northwind.example"
    public let currency = "USD"
    public let timeZone = "America/New_York"
    public let size: Size
    /// The company's last moment; everything happened before it.
    public let now: Date

    private var changedCustomers: [Int: Customer] = [:]
    private var changedOrders: [Int: Order] = [:]
    private var changedProducts: [Int: Product] = [:]
    private var changedCampaigns: [Int: Campaign] = [:]

    public init(size: Size = Size(), now: Date = Date(timeIntervalSince1970: 1_795_000_000)) {
        self.size = size
        self.now = now
    }

    public var start: Date { now.addingTimeInterval(-Double(size.days) * 86_400) }

    /// A steady number from 0 up to a bound, for a row and a question about it.
    static func pick(_ row: Int, _ question: UInt64, _ bound: Int) -> Int {
        var value = UInt64(bitPattern: Int64(row)) &* 0x9E37_79B9_7F4A_7C15 &+ question &* 0xD1B5_4A32_D192_ED03
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ value >> 31) % UInt64(bound))
    }

    /// Rows spread evenly from the start up to the last moment.
    func moment(_ row: Int, of count: Int) -> Date {
        let span = now.timeIntervalSince(start) - 3600
        let seconds = (span * Double(row) / Double(max(count, 1))).rounded(.down)
        return start.addingTimeInterval(seconds)
    }

    public func customer(_ number: Int) -> Customer {
        if let changed = changedCustomers[number] { return changed }
        let first = Self.firstNames[Self.pick(number, 1, Self.firstNames.count)]
        let last = Self.lastNames[Self.pick(number, 2, Self.lastNames.count)]
        let created = size.hasHabits ? joined(number) : moment(number, of: size.customers)
        let mood = Self.pick(number, 3, 10)
        return Customer(
            number: number, email: "\(first).\(last).\(number)@mail.example".lowercased(),
            phone: "+1555\(String(1_000_000 + number))", firstName: first, lastName: last,
            country: ["US", "US", "US", "CA", "GB", "ES"][Self.pick(number, 4, 6)],
            city: ["Boston", "Austin", "Toronto", "Leeds", "Seville"][Self.pick(number, 5, 5)],
            tags: Self.pick(number, 6, 4) == 0 ? ["vip"] : [], createdAt: created, updatedAt: created,
            emailConsent: mood < 6 ? true : mood < 8 ? false : nil, emailConsentAt: created,
            smsConsent: mood < 3 ? true : nil, bounced: Self.pick(number, 7, 40) == 0, isDeleted: false)
    }

    public func order(_ number: Int) -> Order {
        if let changed = changedOrders[number] { return changed }
        let placed = moment(number, of: size.orders)
        let product = Self.pick(number, 10, max(1, size.products))
        let quantity = 1 + Self.pick(number, 11, 3)
        let subtotal = self.product(product).priceMinor * Int64(quantity)
        let total = subtotal + 500
        return Order(
            number: number,
            customer: size.hasHabits ? buyer(number, at: placed) : Self.pick(number, 12, max(1, size.customers)),
            placedAt: placed, updatedAt: placed, product: product, quantity: quantity, subtotalMinor: subtotal,
            discountMinor: Self.pick(number, 13, 5) == 0 ? subtotal / 10 : 0, taxMinor: 0, shippingMinor: 500,
            refundedMinor: Self.pick(number, 14, 20) == 0 ? total / 2 : 0, isTest: Self.pick(number, 15, 60) == 0,
            isCancelled: Self.pick(number, 16, 45) == 0, isDeleted: false)
    }

    public func product(_ number: Int) -> Product {
        if let changed = changedProducts[number] { return changed }
        let price = Int64(900 + 100 * Self.pick(number, 20, 60))
        let created = start.addingTimeInterval(Double(number))
        return Product(
            number: number, title: "\(Self.beans[number % Self.beans.count]) No. \(number)", sku: "NW-\(1000 + number)",
            priceMinor: price, costMinor: price * 4 / 10, stock: Self.pick(number, 21, 200),
            isActive: Self.pick(number, 22, 12) != 0, createdAt: created, updatedAt: created)
    }

    public func campaign(_ number: Int) -> Campaign {
        if let changed = changedCampaigns[number] { return changed }
        return Campaign(
            number: number, name: "Campaign \(number): \(Self.beans[number % Self.beans.count])",
            isActive: number % 4 != 3,
            dailyBudgetMinor: Int64(5000 + 1000 * number), createdAt: start, updatedAt: start, startAt: start)
    }

    /// Ad figures of a campaign on a day of the company's calendar.
    public func adDay(campaign: Int, day: String) -> AdDay {
        let row = campaign * 100_003 + Int(day.utf8.reduce(0) { ($0 &* 31 &+ UInt32($1)) & 0xFFFF })
        let clicks = Int64(20 + Self.pick(row, 30, 180))
        let conversions = clicks / 25
        return AdDay(
            campaign: campaign, day: day, spendMinor: 1000 + Int64(Self.pick(row, 31, 9000)), impressions: clicks * 40,
            clicks: clicks, conversions: conversions, valueMinor: conversions * 2900)
    }

    public func event(_ number: Int) -> Event {
        let kinds = ["email_sent", "email_open", "email_click", "page_view", "add_to_cart"]
        return Event(
            number: number, type: kinds[Self.pick(number, 40, kinds.count)],
            customer: Self.pick(number, 41, max(1, size.customers)),
            campaign: Self.pick(number, 42, max(1, size.campaigns)), at: moment(number, of: size.events))
    }

    // MARK: Lists

    public var customers: [Customer] { (0..<size.customers).map(customer) }
    public var orders: [Order] { (0..<size.orders).map(order) }
    public var products: [Product] { (0..<size.products).map(product) }
    public var campaigns: [Campaign] { (0..<size.campaigns).map(campaign) }

    /// Numbers of customers in the order of their last change, from a moment on.
    public func customers(updatedSince: Date?) -> [Int] {
        Self.ordered(size.customers, changed: changedCustomers.keys, since: updatedSince) { customer($0).updatedAt }
    }

    public func orders(updatedSince: Date?) -> [Int] {
        Self.ordered(size.orders, changed: changedOrders.keys, since: updatedSince) { order($0).updatedAt }
    }

    public func events(since: Date?) -> Range<Int> {
        guard let since else { return 0..<size.events }
        var (low, high) = (0, size.events)
        while low < high {
            let middle = (low + high) / 2
            if event(middle).at < since { low = middle + 1 } else { high = middle }
        }
        return low..<size.events
    }

    private static func ordered(
        _ count: Int, changed: some Collection<Int>, since: Date?, _ time: (Int) -> Date
    ) -> [Int] {
        let moved = Set(changed)
        let still = (0..<count).filter { !moved.contains($0) }
        let later = moved.sorted { (time($0), $0) < (time($1), $1) }
        var result: [Int] = []
        var waiting = later[...]
        for number in still {
            while let next = waiting.first, time(next) < time(number) {
                result.append(next)
                waiting.removeFirst()
            }
            result.append(number)
        }
        result += waiting
        guard let since else { return result }
        return result.filter { time($0) >= since }
    }

    // MARK: Changes

    public mutating func change(customer number: Int, at time: Date, _ body: (inout Customer) -> Void) {
        var row = customer(number)
        body(&row)
        row.updatedAt = time
        changedCustomers[number] = row
    }

    public mutating func change(order number: Int, at time: Date, _ body: (inout Order) -> Void) {
        var row = order(number)
        body(&row)
        row.updatedAt = time
        changedOrders[number] = row
    }

    public mutating func change(product number: Int, at time: Date, _ body: (inout Product) -> Void) {
        var row = product(number)
        body(&row)
        row.updatedAt = time
        changedProducts[number] = row
    }

    public mutating func change(campaign number: Int, at time: Date, _ body: (inout Campaign) -> Void) {
        var row = campaign(number)
        body(&row)
        row.updatedAt = time
        changedCampaigns[number] = row
    }

    private static let firstNames = [
        "Ana", "Ben", "Carla", "Dan", "Elena", "Finn", "Grace", "Hugo", "Ines", "Jon", "Kira", "Luis", "Maya", "Noah",
    ]
    private static let lastNames = [
        "Alba", "Brown", "Costa", "Diaz", "Evans", "Ferrer", "Garcia", "Hart", "Ibarra", "Jones", "Klein", "Lopez",
    ]
    private static let beans = ["Harar", "Sidamo", "Huila", "Antigua", "Kona", "Mocha", "Tarrazu", "Blue Mountain"]
}
