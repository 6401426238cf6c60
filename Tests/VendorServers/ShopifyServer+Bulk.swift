import Foundation
import Synchronization
import Web

/// Operations that write a whole list into a file: one at a time, done when they have been looked at twice.
public final class ShopifyBulkBook: Sendable {
    struct Operation {
        var query: String
        var isGrouped: Bool
        var looks = 0
        var failure: (code: String, isPartial: Bool)?
        var isExpired = false
    }

    private struct State {
        var operations: [String: Operation] = [:]
        var running: String?
        /// Looks for which an operation of somebody else's is at work.
        var others = 0
        var failures: [(code: String, isPartial: Bool)] = []
        var cutsFiles = true
    }

    private let state = Mutex(State())

    /// How many were begun.
    public var begun: Int { state.withLock { $0.operations.count } }

    /// Another operation of the same app is at work until it has been looked at so often.
    public func occupy(looks: Int) { state.withLock { $0.others = looks } }

    /// The next operation fails with this code.
    public func failNext(_ code: String, isPartial: Bool = false) {
        state.withLock { $0.failures.append((code: code, isPartial: isPartial)) }
    }

    /// Addresses that were given out are not good any more, nor are those of these operations.
    public func expireFiles() {
        state.withLock { state in
            for id in state.operations.keys { state.operations[id]?.isExpired = true }
        }
    }

    /// The host of the files sends them whole, whichever part is asked for.
    public func sendWhole() { state.withLock { $0.cutsFiles = false } }

    var cutsFiles: Bool { state.withLock { $0.cutsFiles } }

    /// Nil when another one is at work.
    func begin(_ query: String, isGrouped: Bool) -> String? {
        state.withLock { state in
            guard state.others == 0, state.running == nil else { return nil }
            let id = "gid://shopify/BulkOperation/\(state.operations.count + 1)"
            var operation = Operation(query: query, isGrouped: isGrouped)
            if !state.failures.isEmpty { operation.failure = state.failures.removeFirst() }
            state.operations[id] = operation
            state.running = id
            return id
        }
    }

    /// One look at an operation, with what it is by now.
    func look(_ id: String) -> (operation: Operation, status: String)? {
        state.withLock { state in
            guard var operation = state.operations[id] else { return nil }
            operation.looks += 1
            state.operations[id] = operation
            guard operation.looks >= 2 else { return (operation, "RUNNING") }
            if state.running == id { state.running = nil }
            return (operation, operation.failure == nil ? "COMPLETED" : "FAILED")
        }
    }

    /// The one at work, ours or not; nil when nothing is.
    func current() -> String? {
        state.withLock { state in
            guard state.others > 0 else { return state.running }
            state.others -= 1
            return state.others > 0 ? "gid://shopify/BulkOperation/900" : nil
        }
    }

    func operation(_ id: String) -> Operation? { state.withLock { $0.operations[id] } }
}

extension ShopifyServer {
    /// `bulkOperationRunQuery`; nil for any other mutation.
    func runBulk(_ field: GraphQL.Field) throws -> JSONValue? {
        guard field.name == "bulkOperationRunQuery" else { return nil }
        try allow(field, ["query", "groupObjects"])
        let query = field.arguments["query"]?.stringValue ?? ""
        let grouped: Bool
        switch field.arguments["groupObjects"] {
        case .bool(let flag)?: grouped = flag
        case nil: grouped = false
        default: throw SheetViolation("groupObjects is a flag")
        }
        _ = try lines(query, isGrouped: grouped, limit: 1)
        let id = bulk.begin(query, isGrouped: grouped)
        let busy: JSONValue = [
            "field": .null, "message": "A bulk query operation for this app and shop is already in progress.",
            "code": "OPERATION_IN_PROGRESS",
        ]
        let whole: JSONValue = [
            "bulkOperation": id.map { ["id": .string($0), "status": "CREATED"] } ?? .null,
            "userErrors": id == nil ? [busy] : [],
        ]
        return .object(
            try field.fields.map { inner in
                guard let member = whole[inner.name] else { throw SheetViolation("\(field.name) has no \(inner.name)") }
                return .init(inner.alias, try Self.picked(inner.fields, of: member))
            })
    }

    private static func picked(_ fields: [GraphQL.Field], of value: JSONValue) throws -> JSONValue {
        if case .array(let items) = value { return .array(try items.map { try picked(fields, of: $0) }) }
        return try GraphQL.select(fields, of: value, path: "bulkOperation")
    }

    /// `bulkOperation(id)` and `currentBulkOperation`; nil for any other root.
    func bulkOperation(_ field: GraphQL.Field, base: String) throws -> JSONValue? {
        switch field.name {
        case "currentBulkOperation":
            guard let id = bulk.current() else { return .null }
            return try GraphQL.select(field.fields, of: shown(id, "RUNNING", nil, base), path: field.name)
        case "bulkOperation":
            try allow(field, ["id"])
            let id = field.arguments["id"]?.stringValue ?? ""
            guard let (operation, status) = bulk.look(id) else { return .null }
            return try GraphQL.select(field.fields, of: shown(id, status, operation, base), path: field.name)
        default: return nil
        }
    }

    private func shown(
        _ id: String, _ status: String, _ operation: ShopifyBulkBook.Operation?, _ base: String
    ) throws -> JSONValue {
        let number = id.split(separator: "/").last.map(String.init) ?? ""
        let address = JSONValue.string("\(base)/bulk/\(number).jsonl?signature=s-\(number)")
        let failure = operation?.failure
        return [
            "id": .string(id), "status": .string(status),
            "errorCode": status == "FAILED" ? failure.map { .string($0.code) } ?? .null : .null,
            "objectCount": "0", "fileSize": .null, "url": status == "COMPLETED" ? address : .null,
            "partialDataUrl": status == "FAILED" && failure?.isPartial == true ? address : .null,
        ]
    }

    // MARK: Files

    /// The file of an operation, from another host's point of view: it knows no tokens.
    func bulkFile(_ call: VendorCall) throws -> VendorReply? {
        guard let name = call.matches("GET /bulk/{name}")?["name"] else { return nil }
        try call.require(call.header("X-Shopify-Access-Token") == nil, "a file's host is given no token")
        let id = "gid://shopify/BulkOperation/" + (name.split(separator: ".").first.map(String.init) ?? "")
        guard let operation = bulk.operation(id), !operation.isExpired, operation.failure == nil else {
            return VendorReply(403, headers: [("Content-Type", "application/xml")], body: Array("<Error/>".utf8))
        }
        let bytes = Array(try lines(operation.query, isGrouped: operation.isGrouped).joined().utf8)
        let type = ("Content-Type", "application/jsonl")
        guard bulk.cutsFiles, let range = call.header("Range") else {
            return VendorReply(200, headers: [type], body: bytes)
        }
        let ends = range.dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) }
        try call.require(range.hasPrefix("bytes=") && ends.count == 2 && ends[0] <= ends[1], "range \(range)")
        guard ends[0] < bytes.count else { return VendorReply(416) }
        let part = bytes[ends[0]...min(ends[1], bytes.count - 1)]
        let place = "bytes \(part.startIndex)-\(part.endIndex - 1)/\(bytes.count)"
        return VendorReply(206, headers: [type, ("Content-Range", place)], body: Array(part))
    }

    /// One line a record; members of lists within it on lines of their own, behind it where that was asked for and
    /// behind all others where not.
    private func lines(_ query: String, isGrouped: Bool, limit: Int = .max) throws -> [String] {
        let document = try GraphQL(query, variables: .object([]))
        guard document.fields.count == 1, let root = document.fields.first,
            ["customers", "orders", "products"].contains(root.name), root.arguments.isEmpty,
            let node = root.field("edges")?.field("node"), node.field("id") != nil
        else { throw SheetViolation("bulk query: one list of edges and nodes with their ids, without pages") }
        var near: [String] = []
        var far: [String] = []
        for number in numbers(root.name, nil).prefix(limit) {
            let whole = object(root.name, number)
            let id = whole["id"] ?? .null
            var own: [JSONValue.Member] = []
            var children: [String] = []
            for field in node.fields {
                guard let inner = field.field("edges")?.field("node") else {
                    let picked = try GraphQL.select([field], of: whole, path: root.name)
                    own.append(.init(field.alias, picked[field.alias] ?? .null))
                    continue
                }
                for child in whole[field.name]?["nodes"]?.arrayValue ?? [] {
                    let picked = try GraphQL.select(inner.fields, of: child, path: field.name)
                    guard case .object(let members) = picked else { continue }
                    children.append(Self.line(.object(members + [.init("__parentId", id)])))
                }
            }
            near.append(Self.line(.object(own)))
            if isGrouped { near += children } else { far += children }
        }
        return near + far
    }

    private static func line(_ value: JSONValue) -> String {
        String(decoding: VendorReply.json(value).body, as: UTF8.self) + "\n"
    }
}
