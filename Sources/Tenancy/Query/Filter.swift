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
    /// Documents whose indexed words hold all of these; nothing in them means anything else. Not within `or` or `not`.
    case words([String])
    /// Places no further than `kilometers` from a point, in degrees; uses an index over the globe.
    case within(String, kilometers: Double, longitude: Double, latitude: Double)
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
        case .words(let words): Self.search(words)
        case .within(let field, let kilometers, let longitude, let latitude):
            try place(field, kilometers, longitude, latitude)
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

    /// Each word as a phrase: so all have to be there, and a minus sign excludes nothing.
    private static func search(_ words: [String]) -> BSONDocument {
        let phrases = words.map { word in
            "\"" + word.replacing("\\", with: " ").replacing("\"", with: " ").replacing("\0", with: " ") + "\""
        }
        return ["$text": ["$search": .string(phrases.joined(separator: " "))]]
    }

    private func place(
        _ field: String, _ kilometers: Double, _ longitude: Double, _ latitude: Double
    ) throws(TenancyError) -> BSONDocument {
        try FieldName.check(field)
        guard kilometers >= 0, abs(longitude) <= 180, abs(latitude) <= 90 else { throw .refused("no place on earth") }
        let center: BSONValue = [.double(longitude), .double(latitude)]
        let radius = BSONValue.double(kilometers / Self.earthRadius)
        return [field: ["$geoWithin": ["$centerSphere": [center, radius]]]]
    }

    /// Kilometers; the radius the database reckons with.
    public static let earthRadius = 6378.1

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
