import Foundation
import Memory
import Mongo
import Tenancy

/// What this process remembers of organizations' figures, so that a busy page does not ask for them on every request.
///
/// How far the data have come is asked for once a second, or at once after a write in this process. Everything else
/// holds as long as that version does.
enum FigureMemory {
    static let states = LoadingCache<Owner, DataState>(capacity: 10_000, lifetime: .seconds(1))
    static let counts = LoadingCache<Question<Count>, Int>(capacity: 20_000)
    static let weeks = LoadingCache<Question<Weeks>, WeeklyFigures>(capacity: 2_000)

    /// To be called after every write that moves the data version.
    static func dataChanged(_ scope: TenantScope, _ database: MongoDatabase) {
        states.invalidate(Owner(scope, database))
    }

    /// Whose figures: an organization in a database.
    struct Owner: Hashable, Sendable {
        let database: String
        let organizationID: String

        init(_ scope: TenantScope, _ database: MongoDatabase) {
            self.database = database.name
            organizationID = scope.organizationID
        }
    }

    struct Question<Subject: Hashable & Sendable>: Hashable, Sendable {
        let owner: Owner
        let subject: Subject
    }

    /// Consents lapse by themselves, so a count holds for the minute it was made in.
    enum Count: Hashable, Sendable {
        case consented(minute: Int)
        case listed(CustomerQuery, minute: Int)

        static func minute(of now: Date) -> Int { Int(now.timeIntervalSince1970 / 60) }
    }

    struct Weeks: Hashable, Sendable {
        let count: Int
        let end: Date
        let timeZone: String
        let startsOnSunday: Bool
    }
}
