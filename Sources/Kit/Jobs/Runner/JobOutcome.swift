import Foundation
import Logging
import Mongo

/// Decides what becomes of a job after one try.
enum JobOutcome {
    /// `nil` when there is nothing to write: the job is another worker's now.
    static func ending(
        of result: Result<Void, any Error>, job: Job, lease: JobLease, backoff: Backoff, logger: Logger
    ) -> JobEnding? {
        if lease.interruption == .lost { return nil }
        switch result {
        case .success: return .succeeded(lease.result)
        case .failure(let error): return ending(of: error, job: job, lease: lease, backoff: backoff, logger: logger)
        }
    }

    private static func ending(
        of error: any Error, job: Job, lease: JobLease, backoff: Backoff, logger: Logger
    ) -> JobEnding? {
        switch error {
        case is JobLeaseLost: return nil
        case is JobCancelled: return .cancelled
        case is CancellationError: return lease.interruption == .cancelled ? .cancelled : .released
        default: break
        }
        if lease.interruption == .cancelled { return .cancelled }
        logger.error(
            "job failed",
            metadata: [
                "job": "\(job.id)", "kind": "\(job.kind)", "attempt": "\(job.attempt)", "error": "\(error)",
            ])
        if let error = error as? MongoError, error.isTemporary {
            let delay = backoff.delay(attempt: min(job.attempt, 3))
            return .tryAgain(JobFailure(key: JobErrorKey.database, isPermanent: false), delay: delay, isCounted: false)
        }
        let failure = error as? JobFailure ?? JobFailure(key: JobErrorKey.unexpected, isPermanent: false)
        if failure.isPermanent || job.attempt >= job.maxAttempts { return .failed(failure) }
        return .tryAgain(failure, delay: backoff.delay(attempt: job.attempt), isCounted: true)
    }
}
