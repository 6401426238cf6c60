/// How a score has moved since the run before.
struct ScoreChange: Sendable, Equatable {
    /// Of the probability; nil where either run had none.
    let difference: Double?
    /// The band before, where it was another one.
    let formerLevel: RiskLevel?

    init(_ score: HorizonScore, since former: HorizonScore) {
        difference = score.probability.flatMap { now in former.probability.map { now - $0 } }
        formerLevel = former.level == score.level ? nil : former.level
    }
}
