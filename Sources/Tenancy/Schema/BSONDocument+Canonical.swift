import BSON

extension BSONDocument {
    /// The document with its keys in alphabetical order and whole numbers of one type, so that two ways of writing the
    /// same validator are equal. Only for documents in which the order of keys means nothing.
    public var canonical: BSONDocument {
        BSONDocument(elements().sorted { $0.key < $1.key }.map { ($0.key, $0.value.canonical) })
    }
}

extension BSONValue {
    fileprivate var canonical: BSONValue {
        switch self {
        case .document(let document): .document(document.canonical)
        case .array(let values): .array(values.map(\.canonical))
        case .int32, .int64, .double: int64Value.map { .int64($0) } ?? self
        default: self
        }
    }
}
