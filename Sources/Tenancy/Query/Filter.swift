import BSON

/// Which documents of the organization are meant. A value, never a raw document, so that nothing from outside can become
/// an operator: texts stay texts, and patterns are made here only.
public indirect enum Filter: Sendable, Hashable {
    case all
    /// Nothing at all, for instance an empty search result.
    case none
    case eq(String, BSONValue)
    case ne(String, BSONValue)
    case gt(String, BSONValue)
    case gte(String, BSONValue)
    case lt(String, BSONValue)
    case lte(String, BSONValue)
    case `in`(String, [BSONValue])
    case notIn(String, [BSONValue])
    case exists(String, Bool)
    /// Texts beginning with this text, taken literally; uses an index.
    case prefix(String, String)
    /// Texts containing this text, taken literally, without regard to case. Reads every key of the range: bound it.
    case contains(String, String)
    case and([Filter])
    case or([Filter])
    /// One element of the array satisfies all of it.
    case elemMatch(String, Filter)
    case not(Filter)

    public static func id(_ id: String) -> Filter { .eq("_id", .string(id)) }

    /// The query document without the organization.
    func document() throws(TenancyError) -> BSONDocument {
        switch self {
        case .all: [:]
        case .none: ["$nor": [.document([:])]]
        case .eq(let field, let value): try compare(field, "$eq", value)
        case .ne(let field, let value): try compare(field, "$ne", value)
        case .gt(let field, let value): try compare(field, "$gt", value)
        case .gte(let field, let value): try compare(field, "$gte", value)
        case .lt(let field, let value): try compare(field, "$lt", value)
        case .lte(let field, let value): try compare(field, "$lte", value)
        case .in(let field, let values): try compare(field, "$in", .array(values))
        case .notIn(let field, let values): try compare(field, "$nin", .array(values))
        case .exists(let field, let exists): try compare(field, "$exists", .bool(exists))
        case .prefix(let field, let text): try matching(field, "^" + Self.escaped(text), options: "")
        case .contains(let field, let text): try matching(field, Self.escaped(text), options: "i")
        case .and(let filters): try joined(filters, "$and")
        case .or(let filters): try filters.isEmpty ? Filter.none.document() : joined(filters, "$or")
        case .elemMatch(let field, let filter): try element(field, filter)
        case .not(let filter): ["$nor": [.document(try filter.document())]]
        }
    }

    private func compare(_ field: String, _ operation: String, _ value: BSONValue) throws(TenancyError) -> BSONDocument
    {
        try FieldName.check(field)
        try DocumentGuard.checkValue(value)
        return [field: .document([operation: value])]
    }

    private func matching(_ field: String, _ pattern: String, options: String) throws(TenancyError) -> BSONDocument {
        try FieldName.check(field)
        return [field: .regex(pattern: pattern, options: options)]
    }

    private func joined(_ filters: [Filter], _ operation: String) throws(TenancyError) -> BSONDocument {
        var parts: [BSONValue] = []
        for filter in filters where operation == "$or" || filter != .all {
            parts.append(.document(try filter.document()))
        }
        if parts.count == 1, case .document(let only) = parts[0] { return only }
        return parts.isEmpty ? [:] : [operation: .array(parts)]
    }

    private func element(_ field: String, _ filter: Filter) throws(TenancyError) -> BSONDocument {
        try FieldName.check(field)
        return [field: ["$elemMatch": .document(try filter.document())]]
    }

    /// The text with every character that means something in a pattern quoted.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars where scalar != "\0" {
            if #"\^$.|?*+()[]{}-/#"#.unicodeScalars.contains(scalar) { result.unicodeScalars.append("\\") }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    /// Whether a document made by an upsert with this filter gets its `_id` from it.
    var namesID: Bool {
        switch self {
        case .eq("_id", .string): true
        case .and(let filters): filters.contains(where: \.namesID)
        default: false
        }
    }
}
