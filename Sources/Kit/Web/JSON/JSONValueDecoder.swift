import Foundation
import Synchronization

/// Collects the fields of a body that no one asked for while it was decoded.
final class UnknownFields: Sendable {
    private let paths = Mutex<[String]>([])

    func add(_ path: String) { paths.withLock { if $0.count < 20 { $0.append(path) } } }

    /// 400 with the first unknown fields, if there are any.
    func check() throws {
        let found = paths.withLock { $0 }
        guard let first = found.first else { return }
        throw Problem(
            .badRequest, code: "unknown_field", detail: "There is no field \(first) here.",
            errors: found.map { FieldProblem(field: $0, code: "unknown", message: "Is not known.") })
    }
}

/// Decodes a `JSONValue` and notices which members of each object were never asked for. `Codable` types read the
/// members of the keys they know, so what is left over is what the sender made up.
struct JSONValueDecoder: Decoder {
    let value: JSONValue
    let codingPath: [any CodingKey]
    let unknown: UnknownFields
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy _: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = value else { throw mismatch("Must be an object.") }
        return KeyedDecodingContainer(JSONObjectContainer<Key>(members: members, decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let items) = value else { throw mismatch("Must be a list.") }
        return JSONArrayContainer(items: items, decoder: self)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { JSONScalarContainer(decoder: self) }

    func child(_ value: JSONValue, _ key: any CodingKey) -> JSONValueDecoder {
        JSONValueDecoder(value: value, codingPath: codingPath + [key], unknown: unknown)
    }

    func mismatch(_ message: String) -> DecodingError {
        .typeMismatch(JSONValue.self, .init(codingPath: codingPath, debugDescription: message))
    }

    /// Reads any decodable type, with the API's own spelling of times and binary data.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == Date.self { return try cast(date()) }
        if type == JSONValue.self { return try cast(value) }
        return try Value(from: self)
    }

    private func cast<Value>(_ value: Any) throws -> Value {
        guard let value = value as? Value else { throw mismatch("Has the wrong type.") }
        return value
    }

    private func date() throws -> Date {
        guard case .string(let text) = value, let date = CivilTime.parse(text) else {
            throw mismatch("Must be a time in ISO 8601, for instance 2026-11-21T10:00:00Z.")
        }
        return date
    }

    // MARK: Scalars

    func string() throws -> String {
        guard case .string(let text) = value else { throw mismatch("Must be text.") }
        return text
    }

    func bool() throws -> Bool {
        guard case .bool(let flag) = value else { throw mismatch("Must be true or false.") }
        return flag
    }

    func double() throws -> Double {
        guard let number = value.doubleValue else { throw mismatch("Must be a number.") }
        return number
    }

    func integer<Number: FixedWidthInteger>(_: Number.Type) throws -> Number {
        switch value {
        case .int(let number):
            guard let exact = Number(exactly: number) else { throw mismatch("The number is out of range.") }
            return exact
        case .double(let number):
            guard let exact = Number(exactly: number) else { throw mismatch("Must be a whole number.") }
            return exact
        default: throw mismatch("Must be a whole number.")
        }
    }
}

/// An index as a coding key, for paths like `items.2`.
struct IndexKey: CodingKey {
    let intValue: Int?
    var stringValue: String { intValue.map(String.init) ?? "" }

    init(_ index: Int) { intValue = index }
    init?(stringValue: String) { nil }
    init?(intValue: Int) { self.intValue = intValue }
}
