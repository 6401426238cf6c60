import BSON

/// One key of an ordering.
public enum Sort: Sendable, Hashable {
    case ascending(String)
    case descending(String)

    static func document(_ sorts: [Sort]) throws(TenancyError) -> BSONDocument {
        var document = BSONDocument()
        for sort in sorts {
            switch sort {
            case .ascending(let field):
                try FieldName.check(field)
                document.append(field, .int32(1))
            case .descending(let field):
                try FieldName.check(field)
                document.append(field, .int32(-1))
            }
        }
        return document
    }
}
