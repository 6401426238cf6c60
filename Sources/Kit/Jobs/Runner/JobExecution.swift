import Foundation
import Logging
import Mongo

/// One try of one job: the handler, its heartbeat, and the ending.
struct JobExecution: Sendable {
    let job: Job
    let lease: JobLease
    let handler: AnyJobHandler
    let store: JobStore
    let configuration: JobRunnerConfiguration
    let logger: Logger

    func run() async {
        if job.attempt > job.maxAttempts {
            return await end(.failed(JobFailure(key: JobErrorKey.workerLost)))
        }
        let start = ContinuousClock.now
        let result = await attempt()
        if let ending = JobOutcome.ending(
            of: result, job: job, lease: lease, backoff: configuration.backoff, logger: logger)
        {
            JobMeter().ended(job.kind, ending, after: ContinuousClock.now - start)
            await end(ending)
        }
    }

    /// The handler runs until it ends or an interruption ends it; the heartbeat runs beside it.
    private func attempt() async -> Result<Void, any Error> {
        let context = JobContext(
            job: job, logger: logger, store: store, lease: lease, leaseSeconds: configuration.lease.timeInterval,
            progressInterval: configuration.progressInterval)
        return await withTaskGroup(of: Result<Void, any Error>?.self) { group in
            group.addTask {
                do { return .success(try await handler.run(context)) } catch { return .failure(error) }
            }
            group.addTask {
                await keepLease()
                return nil
            }
            group.addTask {
                for await _ in lease.interruptions { break }
                return nil
            }
            var result: Result<Void, any Error> = .failure(CancellationError())
            while let next = await group.next() {
                if let next { result = next }
                group.cancelAll()
            }
            return result
        }
    }

    /// Renews the lease until cancelled. While the database is away it keeps trying: the lease is only lost when
    /// another worker has taken it.
    private func keepLease() async {
        let interval = configuration.heartbeat ?? configuration.lease / 3
        while !Task.isCancelled, lease.interruption == nil {
            try? await Task.sleep(for: interval)
            if Task.isCancelled { return }
            do {
                lease.heard(try await store.renew(lease, for: configuration.lease.timeInterval))
            } catch {
                logger.debug("heartbeat failed", metadata: ["job": "\(job.id)", "error": "\(error)"])
            }
        }
    }

    /// Writes the ending, also when this task is cancelled, and waits for the database if it is away.
    private func end(_ ending: JobEnding) async {
        await Task { [store, lease, logger, job] in
            let limit = ContinuousClock.now + configuration.lease
            var attempt = 0
            repeat {
                do {
                    let isOurs = try await store.finish(lease, as: ending)
                    return logger.debug(
                        "job ended", metadata: ["job": "\(job.id)", "ending": "\(ending)", "ours": "\(isOurs)"])
                } catch {
                    attempt += 1
                    logger.warning(
                        "a job's ending could not be written", metadata: ["job": "\(job.id)", "error": "\(error)"])
                    try? await Task.sleep(for: .seconds(Backoff(base: 0.2, longest: 5).delay(attempt: attempt)))
                }
            } while ContinuousClock.now < limit
        }.value
    }
}
