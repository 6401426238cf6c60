import Foundation

/// What a list of customers is asked for.
public struct CustomerQuery: Sendable, Hashable {
    public enum Order: String, Sendable, CaseIterable {
        case lastOrder = "last_order_at"
        case spent = "spent_minor"
        case orders = "orders_count"
        case name = "external_id"
    }

    /// A place in the list: the last row shown, and how many rows stood before it.
    public struct Position: Sendable, Hashable {
        public enum Value: Sendable, Hashable {
            case number(Int64)
            case text(String)
            case none
        }

        public var value: Value
        public var id: String
        /// Rows before the page that follows.
        public var offset: Int
        /// Backwards: the page that ends just before this row.
        public var isBack: Bool

        public init(value: Value, id: String, offset: Int, isBack: Bool) {
            self.value = value
            self.id = id
            self.offset = offset
            self.isBack = isBack
        }
    }

    /// Not further than this from a place.
    public struct Near: Sendable, Hashable {
        /// The furthest that may be asked for: half way around the globe.
        public static let maximum = 20_000.0

        public var point: GeoPoint
        public var kilometers: Double

        public init(_ point: GeoPoint, kilometers: Double) {
            self.point = point
            self.kilometers = kilometers
        }
    }

    public var search: String?
    public var near: Near?
    public var consent: ConsentStanding?
    public var lastOrderFrom: Date?
    public var lastOrderTo: Date?
    public var spentFrom: Int64?
    public var spentTo: Int64?
    public var segment: String?
    public var order: Order
    public var descending: Bool
    public var position: Position?
    public var limit: Int

    public init(
        search: String? = nil, near: Near? = nil, consent: ConsentStanding? = nil, lastOrderFrom: Date? = nil,
        lastOrderTo: Date? = nil, spentFrom: Int64? = nil, spentTo: Int64? = nil, segment: String? = nil,
        order: Order = .lastOrder, descending: Bool = true, position: Position? = nil, limit: Int = 50
    ) {
        self.near = near
        self.search = search
        self.consent = consent
        self.lastOrderFrom = lastOrderFrom
        self.lastOrderTo = lastOrderTo
        self.spentFrom = spentFrom
        self.spentTo = spentTo
        self.segment = segment
        self.order = order
        self.descending = descending
        self.position = position
        self.limit = limit
    }

    public var isFiltered: Bool {
        search != nil || near != nil || consent != nil || lastOrderFrom != nil || lastOrderTo != nil || spentFrom != nil
            || spentTo != nil || segment != nil
    }
}
