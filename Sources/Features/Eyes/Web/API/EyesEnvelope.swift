import Customers
import Foundation
import Jobs
import Learning
import Web

/// What stands around every answer of EYES: which run, as of when, what the gates said, whose data.
struct EyesEnvelope {
    let overview: EyesOverview
    let speech: EyesSpeech

    var run: StoredRun? { overview.published?.run }

    /// never_ran, running (no result yet), or published; a published run may have another one under way.
    var state: String {
        if run != nil { return "published" }
        return overview.running == nil ? "never_ran" : "running"
    }

    /// The fields of the envelope, without braces.
    ///
    /// - Parameter release: the name of the field with the code's version.
    func write(to json: inout JSONWriter, release: String = "version") {
        json.field("state", state)
        json.field("run_id", run?.id)
        writeRun(to: &json, release: release)
    }

    /// What stands behind the published run, for answers with a state and a run of their own.
    func writeRun(to json: inout JSONWriter, release: String = "version") {
        json.field("as_of", run?.asOf)
        json.field("on_old_data", run?.onOldData)
        json.field("running_job_id", overview.running?.id)
        json.field("failed_job_id", overview.failed?.id)
        json.array("sources", run?.sources ?? []) { json, source in json.value(source) }
        json.field(release, run?.identity.codeVersion ?? Eyes.codeVersion)
        writeConsent(to: &json)
        writeClustering(to: &json)
        json.object("churn") { json in
            for report in run?.result.horizons ?? [] {
                json.object(report.horizon.key) { json in writeGate(report, to: &json) }
            }
        }
    }

    private func writeConsent(to json: inout JSONWriter) {
        guard let consent = run?.consent else {
            json.key("consent")
            return json.null()
        }
        json.object("consent") { json in
            json.field("loaded", consent.loaded)
            json.field("used", consent.used)
            json.field("excluded_missing", consent.excludedMissing)
            json.field("excluded_expired", consent.excludedExpired)
            json.field("excluded_purpose", consent.excludedPurpose)
            json.field("excluded_withdrawn", consent.excludedWithdrawn)
            json.field("excluded_objection", consent.excludedObjection)
        }
    }

    private func writeClustering(to json: inout JSONWriter) {
        guard let clustering = run?.result.clustering else {
            json.key("clustering")
            return json.null()
        }
        json.object("clustering") { json in
            json.field("state", clustering.state.rawValue)
            if let chosen = clustering.chosen { Self.write(chosen, to: &json) }
            json.field("plain_gate", clustering.plainGate)
            json.array("failed", clustering.failed) { json, condition in json.value(condition) }
            json.array("needs", clustering.needs) { json, need in Self.write(need, to: &json) }
        }
    }

    /// A candidate's figures, without braces.
    static func write(_ candidate: ClusterCandidate, to json: inout JSONWriter) {
        json.field("algorithm", candidate.algorithm.rawValue)
        json.field("space", candidate.space)
        json.field("scaling", candidate.scaling.rawValue)
        json.field("k", candidate.k)
        json.field("silhouette", candidate.silhouette)
        json.field("null", candidate.null)
        json.field("ari", candidate.stability)
        json.field("largest_share", candidate.largestShare)
        json.field("smallest_share", candidate.smallestShare)
        json.field("noise_share", candidate.noiseShare)
    }

    static func write(_ need: DataNeed, to json: inout JSONWriter) {
        json.object { json in
            json.field("key", need.key)
            json.field("have", need.have)
            json.field("need", need.need)
        }
    }

    /// A horizon's gate, without braces.
    func writeGate(_ report: HorizonReport, to json: inout JSONWriter) {
        json.field("state", report.state.rawValue)
        json.field("verdict", report.verdict)
        json.field("auc_score", report.card?.auc.estimate)
        if let interval = report.card?.auc {
            json.array("auc_interval", [interval.lower, interval.upper]) { json, end in json.value(end) }
        }
        json.field("recency_only", report.card?.recencyOnly.estimate)
        json.field("plain_gate", report.card?.plainGate)
        json.field("model_version", report.serving?.version)
        json.field("overall_churn_rate", report.meanRisk)
        json.field("expected_leavers", report.expectedLeavers)
        json.field("high_risk_users", report.counts.high)
        json.field("medium_risk_users", report.counts.medium)
        json.field("low_risk_users", report.counts.low)
        if !report.needs.allSatisfy(\.isMet) {
            json.array("needs", report.needs) { json, need in Self.write(need, to: &json) }
        }
    }
}
