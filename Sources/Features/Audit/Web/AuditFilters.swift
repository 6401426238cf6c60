import FoundationEssentials
import Web

/// What the address of the list says: the filters, and where in the list we are.
struct AuditFilters: Sendable, Equatable {
    var event: AuditEvent?
    var result: AuditResult?
    var person: String?
    var resource: String?
    var resourceID: String?
    /// Days as written, first and last included, in the organization's zone.
    var from: String?
    var to: String?
    var before: Int?
    /// Rows on the pages before this one.
    var offset: Int

    init(_ query: Query) throws {
        event = try query.choice("event", AuditEvent.self)
        result = try query.choice("result", AuditResult.self)
        person = query["person"]
        resource = query["resource"]
        resourceID = query["resource_id"]
        from = try query.date("from") == nil ? nil : query["from"]
        to = try query.date("to") == nil ? nil : query["to"]
        before = try query.integer("before", in: 1...Int.max)
        offset = try query.integer("n", in: 0...1_000_000_000) ?? 0
    }

    var isSet: Bool { !items.isEmpty }

    func query(zone: ZoneRules) -> AuditQuery {
        var query = AuditQuery()
        query.events = event.map { [$0] } ?? []
        query.results = result.map { [$0] } ?? []
        query.actorID = person
        query.resourceType = resource
        query.resourceID = resourceID
        query.from = from.flatMap { Self.start(of: $0, zone) }
        query.until = to.flatMap { Self.start(of: $0, zone) }?.addingTimeInterval(86_400)
        return query
    }

    /// The address of the list with these filters, at another place in it.
    func address(_ path: String, before: Int? = nil, offset: Int = 0) -> String {
        var all = items
        if let before { all += [("before", String(before)), ("n", String(offset))] }
        guard !all.isEmpty else { return path }
        return path + "?" + all.map { "\($0.0)=\(PercentCoding.encode($0.1))" }.joined(separator: "&")
    }

    private var items: [(String, String)] {
        [
            ("event", event?.rawValue), ("person", person), ("resource", resource), ("resource_id", resourceID),
            ("result", result?.rawValue), ("from", from), ("to", to),
        ].compactMap { name, value in value.map { (name, $0) } }
    }

    /// Midnight of a day where the organization is; a full time is taken as it is.
    private static func start(of text: String, _ zone: ZoneRules) -> Date? {
        guard let date = CivilTime.parse(text) else { return nil }
        guard text.count == 10 else { return date }
        return date.addingTimeInterval(-Double(zone.offset(at: date)))
    }
}
