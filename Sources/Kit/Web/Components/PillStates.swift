/// The nine words for a source or a schedule, the same everywhere, and three more for a job that has ended.
public enum WorkState: String, Sendable, CaseIterable {
    case healthy, running, queued, rateLimited, actionRequired, error, paused, late, neverRan
    case done, failed, cancelled
}

/// What the gate said of a model or of a grouping.
public enum GateState: String, Sendable, CaseIterable {
    case accepted, provisional, rejected, fallback, notEnoughData, tiers
}

/// How likely a customer is to leave, in three steps.
public enum RiskBand: String, Sendable, CaseIterable {
    case high, medium, low
}

/// Whether a person may be analysed for a purpose, and if not, why.
public enum ConsentMark: String, Sendable, CaseIterable {
    case valid, expired, withdrawn, missing, objection, otherPurpose
}

extension Pill {
    public static func state(_ state: WorkState, _ l: Localizer) -> Pill {
        let look: (Tone, Shape) =
            switch state {
            case .healthy: (.good, .disc)
            case .running: (.info, .arc)
            case .queued: (.quiet, .ring)
            case .rateLimited: (.info, .clock)
            case .actionRequired: (.bad, .diamond)
            case .error: (.warn, .triangle)
            case .paused: (.quiet, .bars)
            case .late: (.warn, .half)
            case .neverRan: (.quiet, .dashedRing)
            case .done: (.good, .check)
            case .failed: (.bad, .cross)
            case .cancelled: (.quiet, .dash)
            }
        return Pill(look.0, look.1, l.t("shell.state.\(state.rawValue)"))
    }

    public static func gate(_ state: GateState, _ l: Localizer) -> Pill {
        let look: (Tone, Shape) =
            switch state {
            case .accepted: (.good, .check)
            case .provisional: (.warn, .wave)
            case .rejected: (.bad, .cross)
            case .fallback: (.quiet, .square)
            case .notEnoughData: (.quiet, .dashedRing)
            case .tiers: (.info, .threeBars)
            }
        return Pill(look.0, look.1, l.t("shell.gate.\(state.rawValue)"))
    }

    public static func band(_ band: RiskBand, _ l: Localizer) -> Pill {
        let look: (Tone, Shape) =
            switch band {
            case .high: (.bad, .threeBars)
            case .medium: (.warn, .twoBars)
            case .low: (.good, .oneBar)
            }
        return Pill(look.0, look.1, l.t("shell.band.\(band.rawValue)"))
    }

    public static func consent(_ mark: ConsentMark, _ l: Localizer) -> Pill {
        let look: (Tone, Shape) =
            switch mark {
            case .valid: (.good, .check)
            case .expired: (.warn, .clock)
            case .withdrawn: (.bad, .cross)
            case .missing: (.quiet, .dashedRing)
            case .objection: (.bad, .dash)
            case .otherPurpose: (.quiet, .ring)
            }
        return Pill(look.0, look.1, l.t("shell.consentState.\(mark.rawValue)"))
    }
}
