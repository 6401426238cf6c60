import Connectors
import Foundation
import Jobs
import Records
import Web

/// A platform as the API offers it.
struct PlatformJSON: JSONWritable {
    let offer: PlatformOffer
    let connected: Int

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("platform", offer.platform)
            json.field("name", offer.name)
            json.field("available", offer.isConfigured)
            json.field("state", offer.isConfigured ? "available" : "not_configured")
            json.field("connections", connected)
            json.array("streams", offer.streams) { json, stream in json.value(stream) }
            json.field("webhooks", offer.hasWebhooks)
            json.array("scopes", offer.scopes) { json, scope in json.value(scope) }
            json.array("methods", offer.methods) { json, method in
                json.object { json in
                    json.field("method", method.id)
                    json.field("redirects", method.isRedirect)
                    json.field("configured", offer.configuredMethods.contains(method.id))
                    json.array("fields", method.fields) { json, field in
                        json.object { json in
                            json.field("name", field.name)
                            json.field("secret", field.kind == .secret)
                            json.field("required", field.isRequired)
                        }
                    }
                }
            }
        }
    }

    /// The door for files, which needs no sign-in.
    static func writeFiles(connected: Int, to json: inout JSONWriter) {
        json.object { json in
            json.field("platform", Platform.csv.rawValue)
            json.field("name", Platform.csv.name)
            json.field("available", true)
            json.field("state", "available")
            json.field("connections", connected)
            json.array("streams", ["customers", "orders"]) { json, stream in json.value(stream) }
            json.field("webhooks", false)
            json.array("scopes", [String]()) { json, scope in json.value(scope) }
            json.array("methods") { _ in }
        }
    }
}

/// A connection as the API shows it, with its state; a door for files has none.
struct ConnectionJSON: JSONWritable {
    let connection: Connection
    var detail: ConnectionDetail?

    init(_ connection: Connection) { self.connection = connection }

    init(_ detail: ConnectionDetail) {
        connection = detail.connection
        self.detail = detail
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", connection.id)
            json.field("platform", connection.platform)
            json.field("label", connection.label)
            json.field("status", connection.status)
            json.field("account_id", connection.accountID)
            json.field("account_name", connection.accountName)
            json.field("last_sync", connection.lastSync)
            json.field("next_sync_at", connection.pausedAt == nil ? connection.nextSyncAt : nil)
            json.field("health_score", detail?.health)
            json.field("state", detail.map { StateJSON(status: $0.status) })
            json.array("streams", detail?.streams.map(StreamJSON.init) ?? [])
            json.field("job_id", detail?.job.flatMap { $0.state.isFinal ? nil : $0.id })
            json.field("created_at", connection.createdAt)
        }
    }
}

/// A state with why, since when, and what to do.
private struct StateJSON: JSONWritable {
    let status: ConnectionStatus

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("state", status.state.rawValue)
            json.field("cause", status.cause)
            json.field("detail", status.detail)
            json.field("since", status.since)
            json.field("until", status.until)
            json.field("left_alone_until", status.leftAloneUntil)
            json.field("next_step", status.nextStep.rawValue)
        }
    }
}

/// How far one stream is.
struct StreamJSON: JSONWritable {
    let state: SyncState

    init(_ state: SyncState) { self.state = state }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("stream", state.stream)
            json.field("rows", state.rows)
            json.field("reading", state.span != nil)
            json.field("held", state.isHeld)
            json.field("enabled", state.isOff != true)
            json.field("error", state.errorCode)
            json.field("error_detail", state.errorDetail)
            json.field("last_ok_at", state.lastOkAt)
            json.field("first_loaded_at", state.firstLoadedAt)
            json.field("every_seconds", Int(state.every))
        }
    }
}

/// One reading of one stream.
struct SyncRunJSON: JSONWritable {
    let run: SyncRun

    init(_ run: SyncRun) { self.run = run }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", run.id)
            json.field("connection_id", run.connectionID)
            json.field("stream", run.stream)
            json.field("mode", run.mode)
            json.field("state", run.state)
            json.field("pages", run.pages)
            json.field("records_in", run.recordsIn)
            json.field("written", run.written)
            json.field("unchanged", run.unchanged)
            json.field("quarantined", run.quarantined)
            json.field("deleted", run.deleted)
            json.array("new_fields", run.newFields) { json, field in json.value(field) }
            json.field("error", run.errorClass)
            json.field("error_detail", run.errorDetail)
            json.field("started_at", run.startedAt)
            json.field("finished_at", run.finishedAt)
        }
    }
}

struct ConsentPolicyJSON: JSONWritable {
    let policy: ConsentPolicy

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.object("purposes") { json in
                for (channel, purposes) in policy.purposes.sorted(by: { $0.key < $1.key }) {
                    json.array(channel, purposes) { json, purpose in json.value(purpose) }
                }
            }
            json.field("days", policy.days)
        }
    }
}
