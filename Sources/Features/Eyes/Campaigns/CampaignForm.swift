import Foundation
import Web

/// The form of a new campaign, as it was sent.
struct CampaignForm: Sendable {
    var name = ""
    var list: ListQuery
    var channel = CampaignChannel.email.rawValue
    /// A connection's id; empty for a file.
    var target = ""
    var listID = ""
    var message = ""
    var budget = ""
    var holdout = "10"
    var confirms = false

    init(list: ListQuery) { self.list = list }

    init(_ form: Form, list: ListQuery) {
        self.list = list
        name = form.trimmed("name")
        channel = form["channel"]
        target = form["target"]
        listID = form.trimmed("list_id")
        message = form.trimmed("message")
        budget = form.trimmed("budget")
        holdout = form.trimmed("holdout")
        confirms = form.has("confirm")
    }

    func draft(_ targets: [CampaignTarget], currency: String, needsYes: Bool) -> Result<CampaignDraft, FieldErrors> {
        var errors = FieldErrors()
        errors.require("name", name)
        let channel = CampaignChannel(rawValue: channel)
        if channel == nil { errors.add("channel", "required") }
        var chosen = targets.first { $0.connectionID == target }
        if !target.isEmpty, chosen == nil { errors.add("target", "invalid", key: "eyes.campaign.error.target") }
        if chosen != nil, listID.isEmpty { errors.add("list_id", "required") }
        chosen?.listID = listID
        var budgetMinor: Int64?
        if !budget.isEmpty {
            let units = Double(budget.replacingOccurrences(of: ",", with: "."))
            if let units, units > 0, units <= 1_000_000_000 {
                budgetMinor = Int64((units * CurrencyDigits.minorPerUnit(currency)).rounded())
            } else {
                errors.add("budget", "range", key: "eyes.campaign.error.budget")
            }
        }
        let share = Double(holdout.replacingOccurrences(of: ",", with: "."))
        if share.map({ (0...50).contains($0) }) != true {
            errors.add("holdout", "range", key: "eyes.campaign.error.holdout")
        }
        if needsYes, !confirms { errors.add("confirm", "required", key: "eyes.campaign.error.confirm") }
        guard errors.isEmpty, let channel, let share else { return .failure(errors) }
        return .success(
            CampaignDraft(
                name: name, list: list, channel: channel, target: chosen, message: message.isEmpty ? nil : message,
                budgetMinor: budgetMinor, holdoutShare: share / 100, confirmsProvisional: confirms))
    }
}
