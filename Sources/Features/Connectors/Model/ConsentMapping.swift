import Customers
import Foundation
import Records

/// Turns what a platform says into entries of the consent ledger, by the connection's policy.
enum ConsentMapping {
    /// A yes grants the policy's purposes for its days; a no withdraws them, and the channel's own purpose always.
    static func inputs(_ signal: ConsentSignal, _ policy: ConsentPolicy, platform: String) -> [ConsentInput] {
        var purposes = policy.purposes[signal.channel.rawValue] ?? []
        let isYes = signal.state == .subscribed
        if !isYes, let own = ConsentPolicy.standard.purposes[signal.channel.rawValue] {
            purposes += own.filter { !purposes.contains($0) }
        }
        return purposes.map { purpose in
            ConsentInput(
                customerExternalID: signal.customerExternalID, purpose: Purpose(rawValue: purpose),
                state: isYes ? .granted : .withdrawn, collectedAt: signal.at,
                expiresAt: isYes ? signal.at?.addingTimeInterval(Double(policy.days) * 86_400) : nil,
                channel: signal.channel.rawValue, source: "platform",
                proof: "\(platform): \(signal.evidence)" + (signal.legalBasis.map { " (\($0))" } ?? ""))
        }
    }
}
