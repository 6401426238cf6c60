import BSON
import Mongo

/// A document of which only the id was asked for.
struct IDRow: BSONConvertible {
    let id: String

    init(bson: BSONDocument) throws { id = try bson.string("_id") }

    func bson() -> BSONDocument { [:] }
}

extension BulkResult {
    /// Whatever failed for another reason than that the document is already there.
    func throwUnlessDuplicates() throws {
        guard let error = errors.first(where: { $0.code != 11_000 }) else { return }
        throw CustomersError.writeFailed(code: error.code, message: error.message)
    }
}

public enum CustomersError: Error, Sendable, Equatable {
    case writeFailed(code: Int, message: String)
    /// Another worker is joining the organization's customers and does not come to an end.
    case identitiesBusy
    /// The two are one customer already.
    case alreadyMerged
    /// The merge holds no longer.
    case notMerged
}
