import Web

/// The page kit's component for consent counts.
typealias ConsentWords = ConsentCounts

extension ConsentWords {
    init(_ figures: ConsentFigures) {
        self.init(
            loaded: figures.loaded, used: figures.used, missing: figures.missing, expired: figures.expired,
            purpose: figures.purpose, withdrawn: figures.withdrawn, objection: figures.objection)
    }
}
