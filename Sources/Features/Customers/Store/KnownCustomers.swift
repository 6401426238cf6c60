import Synchronization

/// Whom a writer has met, so that a customer of many orders is looked up once.
final class KnownCustomers: Sendable {
    private let profiles = Mutex<[String: String]>([:])

    /// Whether there is anything to write about the person.
    func isNew(_ id: String, profile: String?) -> Bool {
        profiles.withLock { known in
            guard let written = known[id] else { return true }
            return profile.map { $0 != written } ?? false
        }
    }

    func isFirst(_ id: String) -> Bool { profiles.withLock { $0[id] == nil } }

    func add(_ people: [StoredCustomer]) {
        profiles.withLock { known in
            for person in people { known[person.id] = person.profileHash ?? known[person.id] ?? "" }
        }
    }
}
