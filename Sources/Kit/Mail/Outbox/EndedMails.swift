import Synchronization

/// Which mails of a batch have their verdict, told by the connection while it works.
final class EndedMails: Sendable {
    private let places = Mutex<Set<Int>>([])

    func add(_ place: Int) { places.withLock { _ = $0.insert(place) } }
    func contains(_ place: Int) -> Bool { places.withLock { $0.contains(place) } }
}
