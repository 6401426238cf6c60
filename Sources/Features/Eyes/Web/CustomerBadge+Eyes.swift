import Customers
import Foundation
import Web

extension CustomerBadge {
    /// Consent may be gone since the run: then nothing of the run is shown about the person.
    func mayBeUsed(at now: Date) -> Bool {
        consent.standing == .granted && (consent.until.map { $0 > now } ?? true)
    }

    var consentMark: ConsentMark {
        switch consent.standing {
        case .granted: .valid
        case .missing: .missing
        case .expired: .expired
        case .otherPurpose: .otherPurpose
        case .withdrawn: .withdrawn
        case .objection: .objection
        }
    }
}
