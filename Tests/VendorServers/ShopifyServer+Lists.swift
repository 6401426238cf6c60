import Foundation
import Web

extension ShopifyServer {
    /// One page; objects are made only for the rows on it. A cursor names the row it stands behind by what the list is
    /// sorted by, so that rows that move while it is read push no other off the page.
    func list(_ field: GraphQL.Field, _ numbers: [Int]) throws -> JSONValue {
        let first = try GraphQL.first(field, field.name)
        let left = numbers[behind(field, numbers)...]
        let rows = left.prefix(first)
        let end = rows.last.map { Cursor(sortTime(field, $0), $0).text }
        let whole: JSONValue = [
            "nodes": .array(rows.map { object(field.name, $0) }),
            "pageInfo": [
                "hasNextPage": .bool(rows.count < left.count), "endCursor": end.map { .string($0) } ?? .null,
            ],
        ]
        return .object(
            try field.fields.map { inner in
                guard let member = whole[inner.name] else { throw SheetViolation("\(field.name) has no \(inner.name)") }
                return .init(inner.alias, try GraphQL.select(inner.fields, of: member, path: field.name))
            })
    }

    /// A row's place in a list that is sorted by a time.
    private struct Cursor: Comparable {
        let at: Double
        let number: Int

        init(_ at: Date, _ number: Int) {
            self.at = at.timeIntervalSince1970
            self.number = number
        }

        init?(_ text: String?) {
            let parts = (text ?? "").split(separator: "_")
            guard parts.count == 2, let at = Double(parts[0]), let number = Int(parts[1]) else { return nil }
            self.at = at
            self.number = number
        }

        var text: String { "\(at)_\(number)" }

        static func < (left: Self, right: Self) -> Bool { (left.at, left.number) < (right.at, right.number) }
    }

    /// Where the list goes on: behind the cursor's row, or where that one stood.
    private func behind(_ field: GraphQL.Field, _ numbers: [Int]) -> Int {
        guard let start = Cursor(field.arguments["after"]?.stringValue) else { return 0 }
        func place(_ number: Int) -> Cursor { Cursor(sortTime(field, number), number) }
        if let index = numbers.firstIndex(of: start.number), place(start.number) == start { return index + 1 }
        return numbers.firstIndex { place($0) > start } ?? numbers.count
    }

    private func sortTime(_ field: GraphQL.Field, _ number: Int) -> Date {
        let company = world.company
        let isByCreation = field.arguments["sortKey"]?.stringValue != "UPDATED_AT"
        return switch field.name {
        case "customers": company.customer(number).updatedAt
        case "orders": isByCreation ? company.order(number).placedAt : company.order(number).updatedAt
        case "products": company.product(number).updatedAt
        default: company.event(number).at
        }
    }
}
