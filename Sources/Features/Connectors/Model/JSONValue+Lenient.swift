import Foundation
import Web

/// Reading what vendors send: numbers as texts, texts as numbers, dates in five spellings.
extension JSONValue {
    /// The value at a dotted path, with places in lists by number: `customer.addresses.0.country`.
    public func at(_ path: String) -> JSONValue? {
        var value = self
        for part in path.split(separator: ".") {
            switch value {
            case .object:
                guard let next = value[String(part)] else { return nil }
                value = next
            case .array(let items):
                guard let index = Int(part), items.indices.contains(index) else { return nil }
                value = items[index]
            default: return nil
            }
        }
        // A bare `nil` here would be JSON's null, which is something.
        return value == .null ? Optional.none : value
    }

    /// A text, number or flag as text; nil for nothing, for an empty text and for whole structures.
    public var text: String? {
        switch self {
        case .string(let text): text.isEmpty ? nil : text
        case .int(let number): String(number)
        case .double(let number): number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : "\(number)"
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// A whole number, also as a text or as a number with nothing behind the point.
    public var whole: Int64? {
        switch self {
        case .int(let number): number
        case .double(let number): number == number.rounded() && abs(number) < 9e15 ? Int64(number) : nil
        case .string(let text): Int64(text) ?? Double(text).flatMap { JSONValue.double($0).whole }
        case .bool, .null, .array, .object: nil
        }
    }

    public var number: Double? {
        switch self {
        case .int(let number): Double(number)
        case .double(let number): number
        case .string(let text): Double(text)
        case .bool, .null, .array, .object: nil
        }
    }

    /// A flag, also as a text or as 0 and 1.
    public var flag: Bool? {
        switch self {
        case .bool(let flag): flag
        case .int(let number): number == 0 ? false : number == 1 ? true : nil
        case .string(let text):
            switch text.lowercased() {
            case "true", "yes", "1": true
            case "false", "no", "0": false
            default: nil
            }
        case .double, .null, .array, .object: nil
        }
    }

    /// A moment as ISO 8601, also with a space instead of the `T`, an offset without a colon, or no zone (UTC).
    public var time: Date? { stringValue.flatMap(VendorTime.parse) }

    /// A moment in seconds since 1970.
    public var secondsTime: Date? { number.map { Date(timeIntervalSince1970: $0) } }

    /// A moment in milliseconds since 1970.
    public var millisecondsTime: Date? { number.map { Date(timeIntervalSince1970: $0 / 1000) } }

    public var list: [JSONValue] { arrayValue ?? [] }

    /// The first of several places that holds a text.
    public func firstText(_ paths: String...) -> String? {
        for path in paths { if let text = at(path)?.text { return text } }
        return nil
    }

    public var isObject: Bool { if case .object = self { true } else { false } }

    public var memberNames: [String] {
        if case .object(let members) = self { members.map(\.name) } else { [] }
    }

    /// The same object with one member set.
    public func setting(_ name: String, _ value: JSONValue) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.name != name } + [Member(name, value)])
    }

    /// As UTF-8 JSON.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}
