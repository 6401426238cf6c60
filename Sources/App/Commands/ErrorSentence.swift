import Mongo

/// Sentences for a person at a terminal: what went wrong and what to do.
public enum ErrorSentence {
    public static func of(_ error: any Error) -> [String] {
        switch error {
        case let problems as ConfigurationProblems: problems.sentences
        case let error as MongoError:
            switch error.kind {
            case .unavailable:
                [
                    "The database does not answer (\(error.message)).",
                    "Is it running, and does OMNIFY_MONGO_URL name it? “omnify doctor” looks closer.",
                ]
            default: ["The database refused: \(error.message)"]
            }
        default: ["\(error)"]
        }
    }
}
