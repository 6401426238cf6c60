import Foundation
import Synchronization
import Vault

/// How far vendors' clocks are from ours, by the `Date` of their replies. What is signed with a time, and a time that a
/// vendor signed, are held against the vendor's clock: either may be wrong, and both must agree.
final class VendorClocks: Sendable {
    /// What the way and whole seconds make up.
    private static let tolerance: TimeInterval = 30
    private static let most = 10_000

    private let clock: WallClock
    /// Seconds a vendor is ahead, by the origin of its addresses.
    private let ahead = Mutex<[String: TimeInterval]>([:])

    init(clock: WallClock) { self.clock = clock }

    /// Takes the time a reply tells. One that a cache kept tells an old one.
    func note(_ response: VendorResponse, from url: String) {
        guard response.headers["Age"] == nil, let told = response.headers["Date"].flatMap(HTTPDate.parse) else {
            return
        }
        let difference = told.timeIntervalSince(response.receivedAt)
        let origin = String(RequestBuilder.origin(url))
        ahead.withLock { ahead in
            if ahead.count >= Self.most { ahead.removeAll() }
            ahead[origin] = abs(difference) > Self.tolerance ? difference : nil
        }
    }

    /// The time at the vendor behind an address; ours where it has not told.
    func now(at url: String) -> Date {
        let difference = ahead.withLock { $0[String(RequestBuilder.origin(url))] }
        return clock.now().addingTimeInterval(difference ?? 0)
    }
}
