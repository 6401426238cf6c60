import Connectors
import Foundation
import Web

extension ActionCommand: JSONWritable {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("type", type.rawValue)
            if let entity { json.field("entity", entity) }
            if let id { json.field("id", id) }
            if let status { json.field("status", status) }
            if let amountMinor { json.field("amount_minor", amountMinor) }
            if let currency { json.field("currency", currency) }
            if let listID { json.field("list_id", listID) }
            if let customers { json.array("customers", customers) { json, id in json.value(id) } }
            if let everybody { json.field("everybody", everybody) }
            if let channel { json.field("channel", channel) }
            if let properties {
                json.object("properties") { json in
                    for (name, value) in properties.sorted(by: { $0.key < $1.key }) { json.field(name, value) }
                }
            }
            writeRest(to: &json)
        }
    }

    private func writeRest(to json: inout JSONWriter) {
        if let code { json.field("code", code) }
        if let percent { json.field("percent", percent) }
        if let count { json.field("count", count) }
        if let startsAt { json.field("starts_at", startsAt) }
        if let endsAt { json.field("ends_at", endsAt) }
        if let title { json.field("title", title) }
        if let text { json.field("text", text) }
        if let atPeriodEnd { json.field("at_period_end", atPeriodEnd) }
        if let at { json.field("at", at) }
    }
}

extension ExactRequest: JSONWritable {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("method", method)
            json.field("url", url)
            json.array("headers", headers) { json, header in
                json.object { json in
                    json.field("name", header.name)
                    json.field("value", header.value)
                }
            }
            json.field("body", body)
        }
    }
}

extension Approval.People: JSONWritable {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("asked", asked)
            json.field("included", included)
            json.field("without_consent", withoutConsent)
            json.field("unknown", unknown)
            json.field("purpose", purpose)
        }
    }
}

/// A dry run as the API shows it.
struct ActionDryRunJSON: JSONWritable {
    let run: ActionDryRun

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("action", run.command)
            json.field("plan_hash", run.planHash)
            json.field("criticality", run.criticality.rawValue)
            json.array("requests", run.requests)
            json.field("before", JSONText(run.before))
            json.field("after", JSONText(run.after))
            json.field("people", run.people)
        }
    }
}

/// A kept JSON text, as JSON.
struct JSONText: JSONWritable {
    let text: String

    init(_ text: String) { self.text = text }

    func write(to json: inout JSONWriter) {
        ((try? JSONParser.parse(Array(text.utf8))) ?? .null).write(to: &json)
    }
}

/// An approval as the API shows it.
struct ApprovalJSON: JSONWritable {
    let approval: Approval
    let now: Date

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", approval.id)
            json.field("connection_id", approval.connectionID)
            json.field("platform", approval.platform)
            json.field("state", approval.shownState(at: now).rawValue)
            json.field("action", approval.command)
            json.field("plan_hash", approval.planHash)
            json.field("criticality", approval.criticality.rawValue)
            json.object("needs") { json in
                json.field("approvals", 1)
                json.field("another_person", approval.needsAnotherPerson)
            }
            json.array("requests", approval.requests)
            json.field("before", JSONText(approval.before))
            json.field("after", JSONText(approval.after))
            json.field("people", approval.people)
            json.field("reason", approval.reason)
            write("proposed", approval.proposed, to: &json)
            write("approved", approval.approved, to: &json)
            write("rejected", approval.rejected, to: &json)
            write("executed", approval.executed, to: &json)
            writeOutcome(to: &json)
            json.field("job_id", approval.jobID)
            json.field("expires_at", approval.validUntil)
            json.field("created_at", approval.createdAt)
        }
    }

    private func write(_ name: String, _ act: Approval.Act?, to json: inout JSONWriter) {
        guard let act else { return json.field(name, String?.none) }
        json.object(name) { json in
            json.field("by", act.actor)
            json.field("name", act.name)
            json.field("at", act.at)
            json.field("comment", act.comment)
        }
    }

    private func writeOutcome(to json: inout JSONWriter) {
        guard let outcome = approval.outcome else { return json.field("outcome", String?.none) }
        json.object("outcome") { json in
            json.field("code", outcome.code)
            json.field("detail", outcome.detail)
            json.field("verified", outcome.isVerified)
            json.field("at", outcome.at)
        }
    }
}
