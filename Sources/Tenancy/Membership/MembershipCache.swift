import Synchronization

/// What was looked up in the last second, so that one page with several reads costs one look-up.
///
/// A change made in this process drops its entries at once; a change made elsewhere is seen within the lifetime.
final class MembershipCache: Sendable {
    struct Entry: Sendable {
        let places: [Place]
        let expires: ContinuousClock.Instant
    }

    /// An organization and the person's membership in it.
    struct Place: Sendable {
        let organization: Organization
        let membership: Membership
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Counts invalidations, so that a read begun before one does not store what it saw.
        var generation = 0
    }

    private let lifetime: Duration
    private let capacity: Int
    private let state = Mutex(State())

    init(lifetime: Duration, capacity: Int = 10_000) {
        self.lifetime = lifetime
        self.capacity = capacity
    }

    func places(
        of userID: String, load: () async throws -> [Place]
    ) async throws -> [Place] {
        let now = ContinuousClock.now
        let (known, generation) = state.withLock { ($0.entries[userID], $0.generation) }
        if let known, known.expires > now { return known.places }
        let places = try await load()
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.entries.count >= capacity { state.entries.removeAll(keepingCapacity: true) }
            state.entries[userID] = Entry(places: places, expires: now + lifetime)
        }
        return places
    }

    func drop(userID: String) {
        state.withLock { state in
            state.generation += 1
            state.entries[userID] = nil
        }
    }

    func drop(organizationID: String) {
        state.withLock { state in
            state.generation += 1
            state.entries = state.entries.filter { entry in
                !entry.value.places.contains { $0.organization.id == organizationID }
            }
        }
    }
}
