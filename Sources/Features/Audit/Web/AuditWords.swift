import Tenancy
import Web

/// Rows of the log in words an auditor understands without knowing the product's inside.
struct AuditWords {
    let words: Localizer

    /// What was done, for instance "Signed in"; an act without words of its own is named by its kind.
    func act(_ row: AuditRow) -> String {
        let key = "audit.action." + row.action
        let text = words.t(key)
        return text == key ? event(row.event) : text
    }

    func event(_ event: AuditEvent) -> String { words.t("audit.event.\(event.rawValue)") }

    func result(_ result: AuditResult) -> Pill {
        let text = words.t("audit.result.\(result.rawValue)")
        return switch result {
        case .ok: Pill(.good, .check, text)
        case .denied: Pill(.warn, .dash, text)
        case .failed: Pill(.bad, .cross, text)
        }
    }

    func resource(_ type: String) -> String {
        let key = "audit.resource." + type
        let text = words.t(key)
        return text == key ? type.replacing("_", with: " ") : text
    }

    /// The person's name at that time, or what else acted.
    func actor(_ record: AuditRecord) -> String {
        if let name = record.payload?.actorName { return name }
        switch record.row.actorType {
        case "schedule": return words.t("audit.actor.schedule")
        case "system": return words.t("audit.actor.system")
        default: return record.payload == nil ? words.t("audit.actor.erased") : record.row.actorID ?? "–"
        }
    }

    func role(_ record: AuditRecord) -> String? {
        guard record.row.actorType == "user", let role = record.payload?.actorRole else { return nil }
        return words.t("audit.role.\(role)")
    }

    /// What a break means, in one sentence.
    func broken(_ broken: ChainBreak) -> String {
        let kind = broken.isInDetails ? "details" : broken.kind.rawValue
        return words.t("audit.broken.\(kind)", ["seq": words.number(broken.seq)])
    }
}
