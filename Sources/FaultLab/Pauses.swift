import Connectors
import Foundation
import Synchronization
import Vault

/// Waiting that takes no time: the clock moves instead, and what was waited for is kept.
public final class Pauses: Sendable {
    private let time: ManualTime
    private let taken = Mutex<[TimeInterval]>([])
    private let told: @Sendable (Date) -> Void

    /// - Parameter told: hears what time it is after each wait
    public init(_ time: ManualTime, told: @escaping @Sendable (Date) -> Void = { _ in }) {
        self.time = time
        self.told = told
    }

    public var all: [TimeInterval] { taken.withLock { $0 } }

    public var pause: Pause {
        Pause { seconds in
            try Task.checkCancellation()
            self.taken.withLock { $0.append(seconds) }
            self.time.advance(by: seconds)
            self.told(self.time.now)
            await Task.yield()
        }
    }
}
