/// One thing in which a collection is not as it should be.
public enum SchemaDifference: Sendable {
    case missingCollection
    case validator
    /// The right validator, but the server lets some writes pass it.
    case enforcement
    case missingIndex(IndexSpec)
    case differentIndex(found: IndexSpec, wanted: IndexSpec)
    /// An index that nothing declares: a person may have made it for their own questions.
    case undeclaredIndex(IndexSpec)

    /// The fault in words, for the person who runs the service; nil for what is no fault.
    func sentence(about collection: String) -> String? {
        switch self {
        case .missingCollection: "collection \(collection) is missing"
        case .validator: "the validator of \(collection) is not as declared"
        case .enforcement: "the validator of \(collection) lets some writes pass it"
        case .missingIndex(let index): "index \(index.name) of \(collection) is missing"
        case .differentIndex(_, let index): "index \(index.name) of \(collection) is not as declared"
        case .undeclaredIndex: nil
        }
    }
}
