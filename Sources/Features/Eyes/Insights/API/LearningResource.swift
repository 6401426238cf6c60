import Web

/// The history of runs in JSON: every line with its figures, oldest run first.
struct LearningResource: JSONWritable {
    let learning: EyesLearning
    let published: PublishedRun?
    let speech: EyesSpeech

    private var oldestFirst: [RunTrend] { learning.trends.reversed() }

    func write(to json: inout JSONWriter) {
        json.object { json in
            let enough = learning.trends.count >= EyesLearning.leastRuns
            json.field("state", enough ? "published" : "not_enough_data")
            if !enough { json.field("have", learning.trends.count) }
            evolution("silhouette_evolution", &json) { ["value": $0.result.clustering.chosen?.silhouette] }
            evolution("auc_evolution", &json) { by($0) { $0.card?.auc?.estimate } }
            evolution("accuracy_evolution", &json) { by($0) { $0.card?.accuracy } }
            evolution("calibration_evolution", &json) { by($0) { $0.card?.ece } }
            json.array("gate_history", oldestFirst) { json, run in
                json.object { json in
                    writeHead(run, to: &json)
                    for report in run.result.horizons { json.field(report.horizon.key, report.state.rawValue) }
                }
            }
            writeSegments(to: &json)
            writeImportance(to: &json)
            writeDrift(to: &json)
            json.array("outcome_check", learning.outcomes) { json, outcome in
                OutcomeResource(outcome: outcome).write(to: &json)
            }
            json.array("recommendations", learning.recommendations) { json, found in
                json.object { json in
                    json.field("kind", found.kind.rawValue)
                    json.field("words", speech.recommendation(found))
                }
            }
        }
    }

    private func by(_ run: RunTrend, _ figure: (RunTrend.Report) -> Double?) -> [String: Double?] {
        Dictionary(
            run.result.horizons.map { ($0.horizon.key, figure($0)) }, uniquingKeysWith: { first, _ in first })
    }

    private func writeHead(_ run: RunTrend, to json: inout JSONWriter) {
        json.field("run_id", run.id)
        json.field("timestamp", run.createdAt)
    }

    private func evolution(
        _ name: String, _ json: inout JSONWriter, _ figures: (RunTrend) -> [String: Double?]
    ) {
        json.array(name, oldestFirst) { json, run in
            json.object { json in
                writeHead(run, to: &json)
                for (key, value) in figures(run).sorted(by: { $0.key < $1.key }) { json.field(key, value) }
            }
        }
    }

    private func writeSegments(to json: inout JSONWriter) {
        json.array("segment_evolution", learning.history.reversed()) { json, entry in
            json.object { json in
                json.field("run_id", entry.runID)
                json.field("timestamp", entry.timestamp)
                json.array("segments", entry.segments) { json, segment in
                    json.object { json in
                        json.field("segment_id", segment.id)
                        json.field("label", speech.name(segment.name))
                        json.field("size", segment.size)
                        json.field("previous_segment_id", segment.previousID)
                    }
                }
            }
        }
        json.array("segment_flows", learning.insights?.flows ?? []) { json, flow in
            json.object { json in
                json.field("from", flow.from)
                json.field("to", flow.to)
                json.field("count", flow.count)
                json.field("reasons", CountsJSON(flow.reasons))
            }
        }
    }

    private func writeImportance(to json: inout JSONWriter) {
        json.array("feature_importance", oldestFirst) { json, run in
            json.object { json in
                writeHead(run, to: &json)
                for report in run.result.horizons {
                    json.object(report.horizon.key) { json in
                        for feature in report.card?.features ?? [] { json.field(feature.feature, feature.weight) }
                    }
                }
            }
        }
    }

    private func writeDrift(to json: inout JSONWriter) {
        json.object("drift") { json in
            for report in learning.trends.first?.result.horizons ?? [] {
                json.object(report.horizon.key) { json in
                    for shift in report.card?.drift ?? [] { json.field(shift.feature, shift.psi) }
                }
            }
        }
    }
}

/// A closed window in JSON.
struct OutcomeResource: JSONWritable {
    let outcome: Outcome

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("run_id", outcome.runID)
            json.field("timeframe", outcome.horizon.timeframe)
            json.field("state", outcome.state.rawValue)
            json.field("from", ZoneCalendar.label(of: outcome.asOfDay))
            json.field("closed_on", ZoneCalendar.label(of: outcome.closedDay))
            json.field("scored", outcome.scored)
            json.field("auc_score", outcome.auc)
            json.field("brier", outcome.brier)
            json.key("all")
            write(outcome.all, to: &json)
            json.array("bands", outcome.bands) { json, group in write(group, to: &json) }
            json.array("tenths", outcome.tenths) { json, group in write(group, to: &json) }
            json.array("segments", outcome.segments) { json, group in write(group, to: &json) }
        }
    }

    private func write(_ group: OutcomeGroup, to json: inout JSONWriter) {
        json.object { json in
            json.field("key", group.key)
            json.field("count", group.count)
            json.field("predicted", group.predicted)
            json.field("left", group.left)
            json.field("share", group.share)
            json.array("interval", [group.lower, group.upper]) { json, end in json.value(end) }
            json.field("as_predicted", group.isAsPredicted)
        }
    }
}
