import Customers
import Web

/// What became of one row.
struct IngestVerdict: Sendable, Equatable {
    enum Outcome: String, Sendable, CaseIterable {
        case created, updated, unchanged
        /// A later row of the same request says the same thing anew; only that one counts.
        case superseded
        case refused

        init(_ change: RowChange) {
            switch change {
            case .created: self = .created
            case .updated: self = .updated
            case .unchanged: self = .unchanged
            }
        }
    }

    /// Place among the rows of the request, from 0.
    let index: Int
    /// What the row is known by; nil where it does not say.
    let id: String?
    let outcome: Outcome
    /// Why it was refused, field by field.
    var problems: [FieldProblem] = []
}

extension IngestVerdict: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("index", index)
            json.field("id", id)
            json.field("verdict", outcome.rawValue)
            guard !problems.isEmpty else { return }
            json.array("errors", problems) { json, problem in
                json.object { json in
                    json.field("field", problem.field)
                    json.field("code", problem.code)
                    json.field("message", problem.message)
                }
            }
        }
    }
}

/// What is answered: counts of everything, and verdicts as far as they can be listed.
struct IngestAnswer: Sendable, JSONWritable {
    /// Verdicts listed of one request. What is refused is listed before what is not.
    static let listed = 10_000

    let type: IngestType
    /// The request, by which it is listed and undone.
    let id: String
    private(set) var counts: [IngestVerdict.Outcome: Int] = [:]
    private(set) var received = 0
    private var verdicts: [IngestVerdict] = []
    private var isComplete = true

    init(_ type: IngestType, id: String) {
        self.type = type
        self.id = id
    }

    mutating func add(_ more: [IngestVerdict]) {
        received += more.count
        for verdict in more { counts[verdict.outcome, default: 0] += 1 }
        verdicts += more
        guard verdicts.count > Self.listed else { return }
        isComplete = false
        verdicts = Array(verdicts.filter { $0.outcome == .refused }.prefix(Self.listed))
    }

    func count(_ outcome: IngestVerdict.Outcome) -> Int { counts[outcome] ?? 0 }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", id)
            json.field("type", type.rawValue)
            json.field("received", received)
            json.object("counts") { json in
                for outcome in IngestVerdict.Outcome.allCases { json.field(outcome.rawValue, count(outcome)) }
            }
            json.field("complete", isComplete)
            json.array("data", verdicts.filter { isComplete || $0.outcome == .refused })
        }
    }
}
