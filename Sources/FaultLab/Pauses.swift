import Connectors
import Foundation
import Synchronization
import Vault

/// Waiting that takes no time: the clock moves instead, and what was waited for is kept.
public final class Pauses: Sendable {
    private let time: ManualTime
    private let taken = Mutex<[TimeInterval]>([])

    public init(_ time: ManualTime) { self.time = time }

    public var all: [TimeInterval] { taken.withLock { $0 } }

    public var pause: Pause {
        Pause { seconds in
            try Task.checkCancellation()
            self.taken.withLock { $0.append(seconds) }
            self.time.advance(by: seconds)
            await Task.yield()
        }
    }
}
