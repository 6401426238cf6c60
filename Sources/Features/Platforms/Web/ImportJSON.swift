import Jobs
import Web

/// An import as the API shows it.
struct ImportJSON: JSONWritable {
    let record: ImportRecord
    let job: Job?

    init(_ record: ImportRecord) { self.init(record, job: nil) }

    init(_ record: ImportRecord, job: Job?) {
        self.record = record
        self.job = job
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", record.id)
            json.field("connection_id", record.connectionID)
            json.field("file_name", record.fileName)
            json.field("size", record.size)
            json.field("sha256", record.sha256)
            json.field("state", record.state.rawValue)
            writeDetected(to: &json)
            writeMapping(to: &json)
            json.array("missing", record.mapping.missing) { json, field in json.value(field.rawValue) }
            writeCounts(to: &json)
            json.field("failure", record.failure.map(FailureJSON.init))
            json.field("job_id", record.jobID)
            json.field("progress", job.map(ProgressJSON.init))
            json.field("created_at", record.createdAt)
            json.field("started_at", record.startedAt)
            json.field("finished_at", record.finishedAt)
        }
    }

    private func writeDetected(to json: inout JSONWriter) {
        let detected = record.detected
        json.object("detected") { json in
            json.field("form", detected.form.rawValue)
            json.field("encoding", detected.encoding.rawValue)
            json.field("delimiter", detected.delimiter)
            json.field("has_header", detected.hasHeader)
            json.array("columns", detected.columns) { json, column in
                json.object { json in
                    json.field("name", column.name)
                    json.field("kind", column.kind.rawValue)
                    json.array("examples", column.examples) { json, example in json.value(example) }
                    json.field("dates_ambiguous", column.datesAreAmbiguous)
                }
            }
            json.array("duplicate_names", detected.duplicateNames) { json, name in json.value(name) }
        }
    }

    private func writeMapping(to json: inout JSONWriter) {
        let mapping = record.mapping
        json.object("mapping") { json in
            json.object("columns") { json in
                for (name, column) in mapping.columns.sorted(by: { $0.key < $1.key }) { json.field(name, column) }
            }
            json.field("template", mapping.template.rawValue)
            json.field("date_format", mapping.dateFormat.rawValue)
            json.field("number_format", mapping.numberFormat.rawValue)
            json.field("currency", mapping.currency)
            json.field("confirmed", record.isMappingConfirmed)
        }
    }

    private func writeCounts(to json: inout JSONWriter) {
        let counts = record.counts
        json.object("counts") { json in
            json.field("rows", counts.rows)
            json.field("new", counts.new)
            json.field("updated", counts.updated)
            json.field("unchanged", counts.unchanged)
            json.field("orders_new", counts.ordersNew)
            json.field("orders_updated", counts.ordersUpdated)
            json.field("orders_unchanged", counts.ordersUnchanged)
            json.field("repeated", counts.repeated)
            json.field("further", counts.further ?? 0)
            json.field("quarantined", counts.quarantined)
            json.field("card_numbers", counts.cardNumbers)
            json.field("customers_new", counts.customersNew)
            json.field("consents_new", counts.consentsNew)
            json.field("consents_kept_out", counts.consentsKeptOut)
        }
    }
}

/// Why a file could not be read.
private struct FailureJSON: JSONWritable {
    let failure: ImportFailure

    init(_ failure: ImportFailure) { self.failure = failure }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("code", failure.code)
            for (name, value) in failure.arguments.sorted(by: { $0.key < $1.key }) { json.field(name, value) }
        }
    }
}

/// How far the job is.
private struct ProgressJSON: JSONWritable {
    let job: Job

    init(_ job: Job) { self.job = job }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("stage", job.progress.stage)
            json.field("rows_done", job.progress.rowsDone)
            json.field("rows_expected", job.progress.rowsExpected)
            json.field("updated_at", job.progress.updatedAt)
        }
    }
}

struct ProblemJSON: JSONWritable {
    let problem: RowProblem

    init(_ problem: RowProblem) { self.problem = problem }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("line", problem.line)
            json.field("column", problem.column)
            json.field("code", problem.code.rawValue)
            json.field("value", problem.value)
        }
    }
}

struct DryRunJSON: JSONWritable {
    let run: DryRun
    let template: ImportTemplate

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("rows", run.rows)
            json.field("accepted", run.accepted)
            json.field("orders", template == .orders ? run.accepted : 0)
            json.field("repeated", run.repeated)
            json.field("further", run.further)
            json.field("quarantined", run.quarantined)
            json.field("customers", run.customers)
            json.field("first_at", run.firstAt)
            json.field("last_at", run.lastAt)
            json.field("first_order_at", template == .orders ? run.firstAt : nil)
            json.field("last_order_at", template == .orders ? run.lastAt : nil)
            json.array("amounts", run.amounts.sorted { $0.key < $1.key }) { json, amount in
                json.object { json in
                    json.field("amount_minor", amount.value)
                    json.field("currency", amount.key)
                }
            }
            json.field("rows_with_consent", run.rowsWithConsent)
            json.field("partial", run.isPartial)
            json.array("problems", run.problems.map(ProblemJSON.init))
        }
    }
}
