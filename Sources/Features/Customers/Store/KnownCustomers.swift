import Synchronization

/// Whom a writer has met, so that a customer of many orders is looked up once, and what it has learnt of the orders.
final class KnownCustomers: Sendable {
    private let profiles = Mutex<[String: String]>([:])
    private let hasMetStoredOrders = Atomic<Bool>(false)
    private let merged = Mutex<Bool?>(nil)

    /// Whether storing without a look is worth the try.
    var expectsNewOrders: Bool { !hasMetStoredOrders.load(ordering: .relaxed) }

    /// Whether the organization has merged customers; asked once.
    func anyMerged(_ ask: () async throws -> Bool) async throws -> Bool {
        if let known = merged.withLock({ $0 }) { return known }
        let answer = try await ask()
        merged.withLock { $0 = answer }
        return answer
    }

    /// A good part of a batch was there already, as when a file is loaded again.
    func meetsStoredOrders() { hasMetStoredOrders.store(true, ordering: .relaxed) }

    /// Whether there is anything to write about the person.
    func isNew(_ id: String, profile: String?) -> Bool {
        profiles.withLock { known in
            guard let written = known[id] else { return true }
            return profile.map { $0 != written } ?? false
        }
    }

    /// Those among these people whom this writer has not met.
    func strangers(_ ids: some Sequence<String>) -> Set<String> {
        profiles.withLock { known in Set(ids.filter { known[$0] == nil }) }
    }

    func isFirst(_ id: String) -> Bool { profiles.withLock { $0[id] == nil } }

    func add(_ people: [StoredCustomer]) {
        profiles.withLock { known in
            for person in people { known[person.id] = person.profileStamp ?? known[person.id] ?? "" }
        }
    }
}
