import Connectors
import Customers
import Records
import Web

/// The consent policy of a connection as its form sends it.
struct ConsentForm {
    /// Channels a platform can report a yes for.
    static let channels = ConsentSignal.Channel.allCases.map(\.rawValue)
    static let purposes = Purpose.consentable.map(\.rawValue)

    let policy: ConsentPolicy

    init(_ form: Form) {
        var purposes: [String: [String]] = [:]
        for channel in Self.channels {
            let chosen = Self.purposes.filter { form.has("\(channel).\($0)") }
            if !chosen.isEmpty { purposes[channel] = chosen }
        }
        policy = ConsentPolicy(purposes: purposes, days: Int(form.trimmed("days")) ?? 0)
    }
}
