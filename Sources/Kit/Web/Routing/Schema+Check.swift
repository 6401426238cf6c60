extension Schema {
    /// What is wrong with a value, one sentence per fault with its path; empty if it fits. For checking the examples of
    /// the documentation and answers in contract tests.
    public func problems(with value: JSONValue, at path: String = "") -> [String] {
        let here = path.isEmpty ? "value" : path
        switch self {
        case .any: return []
        case .ref(_, let schema): return schema.problems(with: value, at: path)
        case .nullable(let schema): return value == .null ? [] : schema.problems(with: value, at: path)
        case .array(let schema):
            guard let items = value.arrayValue else { return ["\(here) is no list"] }
            return items.enumerated().flatMap { schema.problems(with: $1, at: "\(path)[\($0)]") }
        case .object(let fields): return objectProblems(fields, value, path, here)
        case .map(let schema):
            guard case .object(let members) = value else { return ["\(here) is no object"] }
            return members.flatMap { schema.problems(with: $0.value, at: "\(path).\($0.name)") }
        case .money:
            return objectProblems([.init("amount_minor", .integer), .init("currency", .string)], value, path, here)
        default: return scalarProblem(value, here).map { [$0] } ?? []
        }
    }

    private func objectProblems(
        _ fields: [SchemaField], _ value: JSONValue, _ path: String, _ here: String
    ) -> [String] {
        guard case .object(let members) = value else { return ["\(here) is no object"] }
        var found: [String] = []
        for field in fields {
            let inner = path.isEmpty ? field.name : "\(path).\(field.name)"
            if let member = value[field.name] {
                found += field.schema.problems(with: member, at: inner)
            } else if field.isRequired {
                found.append("\(inner) is missing")
            }
        }
        let known = Set(fields.map(\.name))
        found += members.filter { !known.contains($0.name) }.map { "\(here) has an undocumented \($0.name)" }
        return found
    }

    private func scalarProblem(_ value: JSONValue, _ here: String) -> String? {
        switch self {
        case .string: value.stringValue == nil ? "\(here) is no text" : nil
        case .integer(let minimum, let maximum):
            value.int64Value.map { number in
                number >= Int64(minimum ?? .min) && number <= Int64(maximum ?? .max)
            } == true ? nil : "\(here) is no whole number in range"
        case .number: value.doubleValue == nil ? "\(here) is no number" : nil
        case .probability:
            value.doubleValue.map { (0...1).contains($0) } == true ? nil : "\(here) is no probability"
        case .boolean: value.boolValue == nil ? "\(here) is not true or false" : nil
        case .date:
            value.stringValue.map { $0.utf8.count == 10 && CivilTime.parse($0) != nil } == true
                ? nil : "\(here) is no day"
        case .dateTime:
            value.stringValue.map { $0.utf8.count > 10 && CivilTime.parse($0) != nil } == true
                ? nil : "\(here) is no time"
        case .enumeration(let words):
            value.stringValue.map { words.contains($0) } == true ? nil : "\(here) is none of \(words)"
        default: nil
        }
    }
}
