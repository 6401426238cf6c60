/// How often a tested model was wrong, in customers: a chance of a half or more foretells leaving.
struct TestMistakes: Equatable {
    let foretoldLeaving: Int
    let foretoldStaying: Int
    /// Foretold to leave, and stayed.
    let falseAlarms: Int
    /// Foretold to stay, and left.
    let missed: Int

    /// From the shares on the card; they are shares of whole customers, so nothing is lost.
    init(_ card: ModelCard) {
        let (rows, leavers) = (card.classes.testRows, card.classes.testLeavers)
        let found = Int((card.recall * Double(leavers)).rounded())
        missed = leavers - found
        falseAlarms = Int(((1 - card.accuracy) * Double(rows)).rounded()) - missed
        foretoldLeaving = found + falseAlarms
        foretoldStaying = rows - foretoldLeaving
    }

    var rows: Int { foretoldLeaving + foretoldStaying }
    var wrong: Int { falseAlarms + missed }
}
