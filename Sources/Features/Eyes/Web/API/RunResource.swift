import Customers
import Foundation
import Web

/// A run in JSON, as lists show it.
struct RunResource: JSONWritable {
    let run: RunSummary
    let isPublished: Bool

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("run_id", run.id)
            json.field("job_id", run.jobID)
            json.field("published", isPublished)
            json.field("as_of", run.asOf)
            json.field("created_at", run.createdAt)
            json.field("seconds", run.attempt.seconds)
            json.field("used", run.consent.used)
            json.field("clustering", run.result.clustering.state.rawValue)
            json.field("silhouette", run.result.clustering.chosen?.silhouette)
            json.object("churn") { json in
                for report in run.result.horizons {
                    json.object(report.horizon.key) { json in
                        json.field("state", report.state.rawValue)
                        json.field("auc_score", report.card?.auc.estimate)
                    }
                }
            }
        }
    }
}

/// One run in JSON with everything that identifies it.
struct RunDetailResource: JSONWritable {
    let run: StoredRun
    let isPublished: Bool

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("run_id", run.id)
            json.field("job_id", run.jobID)
            json.field("published", isPublished)
            json.field("as_of", run.asOf)
            json.field("created_at", run.createdAt)
            json.field("seed", run.identity.seed)
            json.field("snapshot_hash", run.identity.snapshotHash)
            json.field("consent_hash", run.identity.consentHash)
            json.field("result_hash", run.resultHash)
            json.field("code_version", run.identity.codeVersion)
            json.field("data_version", run.identity.dataVersion)
            json.field("seconds", run.attempt.seconds)
            json.field("memory_bytes", run.attempt.memoryBytes)
            json.object("population") { json in
                let population = run.result.population
                json.field("used", population.used)
                json.field("buyers", population.buyers)
                json.field("active", population.active)
                json.field("lapsed", population.lapsed)
                json.field("gone", population.gone)
                json.field("no_activity", population.noActivity)
            }
            json.object("orders_left_out") { json in
                json.field("test", run.orders.test)
                json.field("cancelled", run.orders.cancelled)
                json.field("unconverted", run.orders.unconverted)
                json.field("retold", run.orders.retold ?? 0)
            }
            json.object("left_out") { json in
                for row in LeftOut.all(run) { json.field(row.reason.rawValue, row.count) }
            }
            json.array("stages", run.attempt.stages ?? []) { json, time in
                json.object { json in
                    json.field("stage", time.stage.rawValue)
                    json.field("seconds", time.seconds)
                }
            }
            json.array("candidates", run.result.clustering.candidates) { json, candidate in
                json.object { json in
                    EyesEnvelope.write(candidate, to: &json)
                    json.array("failed", ClusterGate.failures(of: candidate)) { json, condition in
                        json.value(condition.rawValue)
                    }
                }
            }
            json.array("models", run.result.horizons.compactMap { $0.card?.modelVersion }) { json, version in
                json.value(version)
            }
        }
    }
}

/// Anything stored with `Codable`, in JSON with sorted keys.
enum CodableJSON {
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}
