import BSON

/// A card with a hole is not published: this looks at the card as stored, so that nothing can be lost on the way.
enum ModelCardCheck {
    /// Every figure of 03 §11 that stands on the card itself, by stored path.
    static let required = [
        "horizon", "model_version", "verdict", "plain_gate", "population.used", "population.buyers",
        "population.active", "population.lapsed", "population.gone", "population.no_activity", "cut_offs.score",
        "cut_offs.test", "cut_offs.training", "classes.training_rows", "classes.training_leavers", "classes.test_rows",
        "classes.test_leavers", "auc.estimate", "auc.lower", "auc.upper", "recency_only.estimate",
        "recency_only.lower", "recency_only.upper", "difference.estimate", "difference.lower", "difference.upper",
        "brier", "brier_base", "log_loss", "ece", "calibration", "lift", "keepers_lift", "precision", "recall", "f1",
        "accuracy", "candidates", "features", "dropped_features", "segments", "monotone_changed_share", "drift",
        "drift_since_last_run", "minimum_data", "limits", "calibration_method", "calibration_choice", "absent_features",
        "level.share", "level.before", "level.shift", "level.spread", "level.windows", "ece_before_level",
        "ece_after_calibration", "cut_offs.horizon", "origin.run_id", "origin.seed", "origin.snapshot_hash",
        "origin.code_version", "origin.config", "origin.config.seed", "origin.config.active_window_days",
        "origin.config.buyers_window_days", "origin.config.high_band", "origin.config.medium_band",
    ]

    /// Lists that must not be empty.
    static let filled: Set<String> = [
        "cut_offs.training", "calibration", "lift", "candidates", "features", "drift", "minimum_data", "limits",
        "calibration_choice",
    ]

    /// What every line of a list must say.
    static let lines: [String: [String]] = [
        "calibration": ["count", "predicted", "observed", "lower", "upper", "from", "to"],
        "lift": ["tenth", "count", "leavers", "lift", "gain"],
        "candidates": ["kind", "chosen"],
        "calibration_choice": ["method", "brier", "calibrationError"],
        "features": ["feature", "weight"],
        "segments": ["segment", "count", "predicted", "observed", "accuracy"],
        "drift": ["feature", "psi"],
        "drift_since_last_run": ["feature", "psi"],
        "minimum_data": ["key", "have", "need"],
        "level.windows": ["cut_off", "count", "observed", "fitted"],
    ]

    /// What stands on the card's page from the run that made it: consent, and what the run cost.
    static let requiredOfRun = [
        "consent.loaded", "consent.used", "identity.seed", "identity.snapshot_hash", "identity.consent_hash",
        "identity.code_version", "identity.config", "attempt.seconds", "attempt.memory_bytes", "attempt.threads",
    ]

    /// Paths that are missing, empty or not a number.
    static func holes(in card: BSONDocument) -> [String] {
        required.filter { path in
            guard let value = value(at: path, in: card), isFigure(value) else { return true }
            let list = value.arrayValue
            if filled.contains(path), list?.isEmpty ?? true { return true }
            guard let keys = lines[path] else { return false }
            return
                !(list?.allSatisfy { line in
                    guard let line = line.documentValue else { return false }
                    return keys.allSatisfy { line[$0].map(isFigure) ?? false }
                } ?? false)
        }
    }

    /// Whether a card, written down, has every figure.
    static func isWhole(_ card: ModelCard) -> Bool {
        guard let document = try? BSONEncoder().encode(card) else { return false }
        return holes(in: document).isEmpty
    }

    /// Paths of the run that are missing or not a number.
    static func holes(inRun run: BSONDocument) -> [String] {
        requiredOfRun.filter { path in !(value(at: path, in: run).map(isFigure) ?? false) }
    }

    private static func isFigure(_ value: BSONValue) -> Bool {
        if value.isNull { return false }
        return value.doubleValue.map(\.isFinite) ?? true
    }

    private static func value(at path: String, in document: BSONDocument) -> BSONValue? {
        var current = BSONValue.document(document)
        for key in path.split(separator: ".") {
            guard let inner = current.documentValue, let next = inner[String(key)] else { return nil }
            current = next
        }
        return current
    }
}
