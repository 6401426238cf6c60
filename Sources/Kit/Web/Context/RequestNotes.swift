import HTTPTypes
import Synchronization

/// What inner layers learn and the outermost ones need: who acted, for which organization, in which language the
/// error page should speak. Shared by reference, because contexts are values and copies do not travel outwards.
public final class RequestNotes: Sendable {
    /// The notes as they stand.
    public struct Values: Sendable, Equatable {
        public var organizationID: String?
        public var userID: String?
        public var locale: AppLocale?
        public var theme: Theme?
        /// `RateLimit` headers for the answer.
        public var rateHeaders: HTTPFields?
    }

    private let state = Mutex(Values())

    public init() {}

    /// A snapshot of the notes.
    public var values: Values { state.withLock { $0 } }

    /// Adds to the notes; nothing else may be done inside the closure.
    public func update(_ change: (inout Values) -> Void) {
        state.withLock { change(&$0) }
    }
}
