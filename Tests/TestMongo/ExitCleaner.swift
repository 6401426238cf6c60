import Foundation
import Synchronization

/// Kills the servers of this process when it ends.
final class ExitCleaner: Sendable {
    static let shared = ExitCleaner()

    private let servers = Mutex<[MongoServer]>([])

    private init() {
        atexit { ExitCleaner.shared.cleanUp() }
    }

    func add(_ server: MongoServer) { servers.withLock { $0.append(server) } }

    private func cleanUp() {
        for server in servers.withLock({ $0 }) { server.remove() }
    }
}
