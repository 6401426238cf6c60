import Eyes
import Mongo
import Platforms
import Tenancy
import Web

/// One table from the errors of the floors below to what a caller is told.
enum ErrorMappers {
    static let all: [ErrorMapper] = [
        database, tenancy, Eyes.errors, Platforms.problems, Platforms.connectionProblems, Platforms.actionProblems,
    ]

    private static let database: ErrorMapper = { error in
        guard let error = error as? MongoError else { return nil }
        switch error.kind {
        case .unavailable, .timeout: return .unavailable(retryAfter: 5)
        case .overloaded: return .unavailable(retryAfter: 1)
        default: return error.isTemporary ? .unavailable(retryAfter: 1) : nil
        }
    }

    private static let tenancy: ErrorMapper = { error in
        guard let error = error as? TenancyError else { return nil }
        switch error {
        case .notFound: return .notFound()
        case .forbidden: return .forbidden()
        case .suspended: return .forbidden("This organization is suspended: it can be read and exported, not changed.")
        default: return nil
        }
    }
}
