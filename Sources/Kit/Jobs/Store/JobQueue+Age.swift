import BSON
import Foundation
import Mongo
import Vault

extension JobQueue {
    /// When the job that has waited longest was due; nil where none is due. Grows when nobody works off the queue.
    public func oldestDue() async throws -> Date? {
        let due: BSONDocument = ["state": .string(Job.State.queued.rawValue), "run_at": ["$lte": .date(clock.now())]]
        let options = FindOptions(sort: ["run_at": 1], projection: ["run_at": 1])
        return try await collection.findOne(due, options: options)?["run_at"]?.dateValue
    }
}
