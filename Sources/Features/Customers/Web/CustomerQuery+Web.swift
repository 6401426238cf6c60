import BSON
import Foundation
import Tenancy
import Web

extension CustomerQuery {
    static let list = "customers"

    /// From the address: the same names for the page and the API.
    init(_ query: Query, limit: Int) throws {
        self.init(limit: limit)
        search = query["search"].map { String($0.prefix(254)).trimmingCharacters(in: .whitespaces) }
        if search?.isEmpty == true { search = nil }
        near = try Near(query)
        consent = try query.choice("consent", ConsentStanding.self)
        lastOrderFrom = try query.date("last_order_from")
        lastOrderTo = try query.date("last_order_to")
        spentFrom = try query.integer("spent_from", in: 0...Int(Int32.max) * 1000).map(Int64.init)
        spentTo = try query.integer("spent_to", in: 0...Int(Int32.max) * 1000).map(Int64.init)
        segment = query["segment"]
        if let sort = try query.sort(Order.allCases.map(\.rawValue)) {
            order = Order(rawValue: sort.field) ?? .lastOrder
            descending = sort.descending
        }
        position = try query.cursor(for: Self.list + order.rawValue).flatMap(Position.init)
    }

    var sortText: String { (descending ? "-" : "") + order.rawValue }

    func cursor(_ position: Position) -> String {
        Cursor.encode(position.json, for: Self.list + order.rawValue)
    }

    /// The address of this list with some parts changed; empty parts are left out.
    func address(_ path: String, sort: String? = nil, cursor: String? = nil) -> String {
        var parts: [(String, String?)] = [
            ("search", search), ("near", near?.point.text), ("within_km", near?.kilometersText),
            ("consent", consent?.rawValue), ("segment", segment),
            ("last_order_from", lastOrderFrom.map { CivilTime($0).isoDay }),
            ("last_order_to", lastOrderTo.map { CivilTime($0).isoDay }),
            ("spent_from", spentFrom.map(String.init)), ("spent_to", spentTo.map(String.init)),
        ]
        let isStandard = order == .lastOrder && descending
        parts.append(("sort", sort ?? (isStandard ? nil : sortText)))
        parts.append(("cursor", cursor))
        let pairs = parts.compactMap { name, value in value.map { "\(name)=\(PercentCoding.encode($0))" } }
        return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
    }
}

extension CustomerQuery.Near {
    /// Kilometers where only the place is named.
    static let standard = 100.0

    /// From `near`, a latitude and a longitude or a country's two letters, and `within_km`.
    fileprivate init?(_ query: Query) throws {
        let kilometers = try query.number("within_km") ?? Self.standard
        guard let text = query["near"]?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
        guard let point = GeoPoint(text) ?? Centroids.of(country: text) else {
            throw Problem.badRequest(
                "invalid_parameter", "near must be a latitude and a longitude (40.46,-3.75) or a country (ES).")
        }
        guard 0...Self.maximum ~= kilometers else {
            throw Problem.badRequest("invalid_parameter", "within_km must be from 0 to \(Int(Self.maximum)).")
        }
        self.init(point, kilometers: kilometers)
    }

    /// Whole kilometers without decimals.
    var kilometersText: String {
        kilometers == kilometers.rounded() ? String(Int(kilometers)) : String(kilometers)
    }
}

extension CustomerQuery.Position {
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.stringValue, let offset = json["n"]?.int64Value else { return nil }
        let value: Value =
            switch json["v"] {
            case .int(let number)?: .number(number)
            case .string(let text)?: .text(text)
            default: .none
            }
        self.init(value: value, id: id, offset: Int(offset), isBack: json["b"]?.boolValue ?? false)
    }

    var json: JSONValue {
        let plain: JSONValue =
            switch value {
            case .number(let number): .int(number)
            case .text(let text): .string(text)
            case .none: .null
            }
        return .object([
            .init("v", plain), .init("id", .string(id)), .init("n", .int(Int64(offset))), .init("b", .bool(isBack)),
        ])
    }
}

/// A place in a list ordered by a time and an id, as its cursor carries it.
enum TimePosition {
    static func read(_ query: Query, list: String) throws -> (at: Date, id: String)? {
        guard let json = try query.cursor(for: list) else { return nil }
        guard let at = json["at"]?.int64Value, let id = json["id"]?.stringValue else {
            throw Problem.badRequest("invalid_cursor", "The cursor is damaged or belongs to another list.")
        }
        return (Date(bsonMilliseconds: at), id)
    }

    static func cursor(at: Date, id: String, list: String) -> String {
        Cursor.encode(
            .object([.init("at", .int(at.bsonMilliseconds)), .init("id", .string(id))]), for: list)
    }
}
