import BSON

/// A card with a hole is not published: this looks at the card as stored, so that nothing can be lost on the way.
enum ModelCardCheck {
    /// Every figure of 03 §11 that this computation can have, by stored path.
    static let required = [
        "horizon", "model_version", "verdict", "plain_gate", "population.used", "population.active", "cut_offs.score",
        "cut_offs.test", "cut_offs.training", "classes.training_rows", "classes.training_leavers", "classes.test_rows",
        "classes.test_leavers", "auc.estimate", "auc.lower", "auc.upper", "recency_only.estimate",
        "recency_only.lower", "recency_only.upper", "difference.estimate", "difference.lower", "difference.upper",
        "brier", "brier_base", "log_loss", "ece", "calibration", "lift", "keepers_lift", "precision", "recall", "f1",
        "accuracy", "candidates", "features", "dropped_features", "segments", "monotone_changed_share", "drift",
        "minimum_data", "limits",
    ]

    /// Lists that must not be empty.
    static let filled: Set<String> = [
        "cut_offs.training", "calibration", "lift", "candidates", "features", "drift", "minimum_data", "limits",
    ]

    /// Paths that are missing, empty or not a number.
    static func holes(in card: BSONDocument) -> [String] {
        required.filter { path in
            guard let value = value(at: path, in: card), !value.isNull else { return true }
            if let number = value.doubleValue, !number.isFinite { return true }
            if filled.contains(path), value.arrayValue?.isEmpty ?? true { return true }
            return false
        }
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
