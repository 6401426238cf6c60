import Foundation
import Web

/// As much of GraphQL as a vendor's server needs: one operation, variables, arguments, aliases.
struct GraphQL {
    struct Field {
        var alias: String
        var name: String
        var arguments: [String: JSONValue]
        var fields: [Field]

        func field(_ name: String) -> Field? { fields.first { $0.name == name } }
    }

    let isMutation: Bool
    let fields: [Field]

    init(_ text: String, variables: JSONValue) throws {
        var parser = Parser(text, variables)
        (isMutation, fields) = try parser.document()
    }

    private struct Parser {
        private var tokens: [String]
        private var place = 0
        private let variables: JSONValue

        init(_ text: String, _ variables: JSONValue) {
            self.variables = variables
            tokens = []
            var word = ""
            var isText = false
            for character in text {
                if isText {
                    word.append(character)
                    if character == "\"" { isText = false }
                } else if character.isLetter || character.isNumber || "_$.-".contains(character) {
                    word.append(character)
                } else {
                    if !word.isEmpty { tokens.append(word) }
                    word = ""
                    if character == "\"" {
                        word = "\""
                        isText = true
                    } else if !character.isWhitespace, character != "," {
                        tokens.append(String(character))
                    }
                }
            }
            if !word.isEmpty { tokens.append(word) }
        }

        private var next: String? { place < tokens.count ? tokens[place] : nil }

        private mutating func take(_ wanted: String? = nil) throws -> String {
            guard let token = next, wanted == nil || token == wanted else {
                throw SheetViolation("GraphQL: \(wanted ?? "a token") expected, found \(next ?? "the end")")
            }
            place += 1
            return token
        }

        mutating func document() throws -> (Bool, [Field]) {
            var isMutation = false
            if next == "query" || next == "mutation" {
                isMutation = try take() == "mutation"
                if next == "(" { try declarations() }
            }
            let fields = try selections()
            guard next == nil else { throw SheetViolation("GraphQL: more than one operation") }
            return (isMutation, fields)
        }

        /// Every variable that must be there is there, and there is none that was not declared.
        private mutating func declarations() throws {
            _ = try take("(")
            var declared: Set<String> = []
            while next != ")" {
                let name = String(try take().dropFirst())
                declared.insert(name)
                _ = try take(":")
                while let token = next, token != ")", !token.hasPrefix("$") {
                    place += 1
                    let isLast = next == ")" || next?.hasPrefix("$") == true
                    if token == "!", isLast, variables[name] == nil || variables[name] == .null {
                        throw SheetViolation("GraphQL: variable \(name) is missing")
                    }
                }
            }
            _ = try take(")")
            if case .object(let members) = variables, let extra = members.first(where: { !declared.contains($0.name) })
            {
                throw SheetViolation("GraphQL: variable \(extra.name) is not declared")
            }
        }

        private mutating func selections() throws -> [Field] {
            _ = try take("{")
            var fields: [Field] = []
            while next != "}" { fields.append(try field()) }
            _ = try take("}")
            return fields
        }

        private mutating func field() throws -> Field {
            let first = try take()
            var name = first
            if next == ":" {
                place += 1
                name = try take()
            }
            var arguments: [String: JSONValue] = [:]
            if next == "(" {
                place += 1
                while next != ")" {
                    let argument = try take()
                    _ = try take(":")
                    arguments[argument] = value(try take())
                }
                place += 1
            }
            return Field(
                alias: first, name: name, arguments: arguments, fields: next == "{" ? try selections() : [])
        }

        private func value(_ token: String) -> JSONValue {
            if token.hasPrefix("$") { return variables[String(token.dropFirst())] ?? .null }
            if let number = Int64(token) { return .int(number) }
            if token.hasPrefix("\"") { return .string(String(token.dropFirst().dropLast())) }
            return .string(token)
        }
    }

    // MARK: Answers

    /// What was selected of a whole object. Fields it does not have are none of the schema.
    static func select(_ fields: [Field], of value: JSONValue, path: String) throws -> JSONValue {
        switch value {
        case .null: return .null
        case .array(let items): return .array(try items.map { try select(fields, of: $0, path: path) })
        case .object:
            guard !fields.isEmpty else { throw SheetViolation("GraphQL: \(path) needs a selection") }
            return .object(
                try fields.map { field in
                    guard let member = value[field.name] else {
                        throw SheetViolation("GraphQL: \(path) has no field \(field.name)")
                    }
                    let inner = try page(member, field, "\(path).\(field.name)")
                    return .init(field.alias, try select(field.fields, of: inner, path: "\(path).\(field.name)"))
                })
        default:
            guard fields.isEmpty else { throw SheetViolation("GraphQL: \(path) is no object") }
            return value
        }
    }

    /// How many rows were asked for: lists come with `first`, never without.
    static func first(_ field: Field, _ path: String) throws -> Int {
        guard let first = field.arguments["first"]?.int64Value, (1...250).contains(first) else {
            throw SheetViolation("GraphQL: \(path) needs first, up to 250")
        }
        return Int(first)
    }

    /// The part of a list that was asked for.
    static func page(_ list: JSONValue, _ field: Field, _ path: String) throws -> JSONValue {
        let nodes: [JSONValue]
        var isConnection = false
        switch list {
        case .object where list["nodes"]?.arrayValue != nil:
            nodes = list["nodes"]?.arrayValue ?? []
            isConnection = true
        case .array(let items) where field.name != "nodes" && items.first?["id"] != nil: nodes = items
        default: return list
        }
        let first = try first(field, path)
        let start = field.arguments["after"]?.stringValue.flatMap(Int.init) ?? 0
        let part = Array(nodes.dropFirst(start).prefix(first))
        guard isConnection else { return .array(part) }
        let end = start + part.count
        return [
            "nodes": .array(part),
            "pageInfo": [
                "hasNextPage": .bool(end < nodes.count), "endCursor": part.isEmpty ? .null : .string(String(end)),
            ],
        ]
    }

    /// Points a query may cost: an object one, a list two and its members.
    static func cost(_ fields: [Field]) -> Int {
        fields.reduce(0) { sum, field in
            guard !field.fields.isEmpty else { return sum }
            guard let first = field.arguments["first"]?.int64Value else { return sum + 1 + cost(field.fields) }
            let member = field.field("nodes")?.fields ?? field.fields
            return sum + 2 + Int(first) * (1 + cost(member))
        }
    }
}
