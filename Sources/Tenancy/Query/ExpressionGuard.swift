import BSON

/// Searches aggregation expressions for what must not be in them: code, writes, and reads of other collections.
enum ExpressionGuard {
    /// Operators refused at any depth.
    static let refused: Set<String> = [
        "$out", "$merge", "$unionWith", "$graphLookup", "$lookup", "$where", "$function", "$accumulator", "$facet",
        "$collStats", "$indexStats", "$currentOp", "$listSessions", "$listLocalSessions", "$changeStream", "$documents",
        "$planCacheStats", "$expr", "$geoNear", "$search", "$searchMeta", "$queryStats",
    ]

    static func check(_ value: BSONValue, depth: Int = 0) throws(TenancyError) {
        guard depth <= 60 else { throw .refused("an expression nested too deep") }
        switch value {
        case .document(let document):
            for (key, value) in document.elements() {
                guard !refused.contains(key) else { throw .refused("\(key) is not part of our queries") }
                try check(value, depth: depth + 1)
            }
        case .array(let values):
            for value in values { try check(value, depth: depth + 1) }
        case .javascript, .javascriptWithScope:
            throw .refused("code is not part of our queries")
        default:
            break
        }
    }
}
