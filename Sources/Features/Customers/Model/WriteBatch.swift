import Tenancy

/// What is written together; some 1,000 orders make a good batch.
public struct WriteBatch: Sendable {
    public var orders: [OrderInput]
    public var customers: [CustomerInput]
    public var consents: [ConsentInput]
    /// Whom other rows name, of whom nothing else is told: they become customers, and known ones stay as they are.
    public var people: [String]

    public init(
        orders: [OrderInput] = [], customers: [CustomerInput] = [], consents: [ConsentInput] = [], people: [String] = []
    ) {
        self.orders = orders
        self.customers = customers
        self.consents = consents
        self.people = people
    }

    /// The same in batches of at most `size` rows of each kind.
    public func portions(of size: Int = 1000) -> [WriteBatch] {
        let orders = orders.portions(of: size)
        let customers = customers.portions(of: size)
        let consents = consents.portions(of: size)
        let people = people.portions(of: size)
        func part<Item>(_ portions: [[Item]], _ place: Int) -> [Item] {
            portions.indices.contains(place) ? portions[place] : []
        }
        return (0..<max(orders.count, customers.count, consents.count, people.count)).map { place in
            WriteBatch(
                orders: part(orders, place), customers: part(customers, place), consents: part(consents, place),
                people: part(people, place))
        }
    }
}
