import Foundation
import Web

/// The first load of a list that is longer than a few pages: Shopify writes it all into a file, which costs a handful
/// of calls instead of thousands. Whatever goes wrong with that, the list is read page by page.
struct ShopifyBulk: Sendable {
    /// The list: `customers`, `products`, `orders`.
    let root: String
    /// What is asked of a record, as one query.
    let query: String
    /// The list inside a record whose members stand on lines of their own; nil where there is none.
    let children: String?

    /// Operations that are begun before the list is read page by page.
    private static let tries = 3

    /// The next step of a first load; nil where it is an ordinary page.
    func read(_ query: StreamQuery, _ client: VendorClient) async throws -> StreamPage? {
        guard case .all = query.span, query.place.since == nil else { return nil }
        if let place = BulkPlace(query.place.token) { return try await step(place, query.settings, client) }
        guard query.place.page == query.settings.number("bulk_pages", or: 5), query.place.token != nil else {
            return nil
        }
        return try await begin(0, client)
    }

    private func step(
        _ place: BulkPlace, _ settings: PlatformSettings, _ client: VendorClient
    ) async throws -> StreamPage {
        switch place.step {
        case .begin: return try await begin(place.tries, client)
        case .wait:
            // Goes through when nothing runs any more.
            let reply = try await client.send(ShopifyConnector.post(Self.current))
            return StreamPage(at: reply.receivedAt, .on(BulkPlace(.begin, tries: place.tries + 1).token))
        case .look, .file:
            let reply = try await client.send(ShopifyConnector.post(Self.one, ["id": .string(place.id)]))
            let operation = reply.json.at("data.bulkOperation")
            switch operation?.at("status")?.text {
            case "COMPLETED": return try await part(place, operation?.at("url")?.text, settings, client, reply)
            case "FAILED" where operation?.at("errorCode")?.text == "ACCESS_DENIED":
                throw VendorFault.actionRequired(.addScope, message: "ACCESS_DENIED: \(root)")
            // A part of the data (`partialDataUrl`) does not say what it lacks: it is not taken.
            default: return again(place, at: reply.receivedAt)
            }
        }
    }

    private func begin(_ tries: Int, _ client: VendorClient) async throws -> StreamPage {
        let variables: JSONValue = ["query": .string(query), "grouped": .bool(children != nil)]
        let reply = try await client.send(ShopifyConnector.post(Self.run, variables))
        let answer = reply.json.at("data.bulkOperationRunQuery")
        if let id = answer?.at("bulkOperation.id")?.text {
            return StreamPage(at: reply.receivedAt, .on(BulkPlace(.look, tries: tries, id: id).token))
        }
        let codes = (answer?.at("userErrors")?.list ?? []).compactMap { $0.at("code")?.text }
        let isBusy = codes.contains { ["OPERATION_IN_PROGRESS", "LIMIT_REACHED"].contains($0) }
        guard isBusy, tries + 1 < Self.tries else { return Self.paged(at: reply.receivedAt) }
        return StreamPage(at: reply.receivedAt, .on(BulkPlace(.wait, tries: tries).token))
    }

    /// Another operation, or no more of them.
    private func again(_ place: BulkPlace, at: Date) -> StreamPage {
        guard place.tries + 1 < Self.tries else { return Self.paged(at: at) }
        return StreamPage(at: at, .again(BulkPlace(.begin, tries: place.tries + 1).token))
    }

    /// From the start, in ordinary pages.
    private static func paged(at: Date) -> StreamPage {
        StreamPage(at: at, .again(ShopifyConnector.Position(nil).token))
    }

    // MARK: The file

    private func part(
        _ place: BulkPlace, _ url: String?, _ settings: PlatformSettings, _ client: VendorClient,
        _ reply: VendorResponse
    ) async throws -> StreamPage {
        // An operation that found nothing has no file.
        guard let url else { return StreamPage(at: reply.receivedAt, .end) }
        let length = place.length > 0 ? place.length : settings.number("bulk_part", or: 2 << 20)
        let file = try await client.send(.file(url, from: place.offset, length: length))
        guard file.isSuccess else {
            // Asked for beyond its end it is read; anything else says that the address is not good any more.
            return file.status == 416 ? StreamPage(at: file.receivedAt, .end) : again(place, at: file.receivedAt)
        }
        let bytes = BulkBytes(file, offset: place.offset, length: length)
        let families = try BulkFamilies(bytes, children: children)
        var next = place
        next.step = .file
        next.offset += families.length
        next.length = length
        if families.length == 0, !bytes.isLast {
            // One record is longer than the part.
            guard length < 32 << 20 else {
                throw VendorFault.schema(field: root, message: "A record of the file is larger than 32 MiB.")
            }
            next.length = length * 2
        }
        return StreamPage(
            records: families.records, at: file.receivedAt, bytes.isLast ? .end : .on(next.token))
    }

    // MARK: Calls

    /// Children stand behind their parents only where that is asked for.
    private static let run = """
        mutation($query: String!, $grouped: Boolean!) {
          bulkOperationRunQuery(query: $query, groupObjects: $grouped) {
            bulkOperation { id status } userErrors { field message code } } }
        """
    private static let fields = "id status errorCode objectCount fileSize url partialDataUrl"
    private static let one = "query($id: ID!) { bulkOperation(id: $id) { \(fields) } }"
    private static let current = "{ currentBulkOperation { id status } }"
}

/// Where a first load by file is; kept as the token of a place, so that anybody can go on from there.
struct BulkPlace: Equatable, Sendable {
    enum Step: String, Sendable {
        /// An operation is to be begun.
        case begin
        /// Another one has to end first.
        case wait
        /// Ours is at work.
        case look
        /// Its file is being read.
        case file
    }

    var step: Step
    /// Operations that were begun in vain.
    var tries: Int
    var offset = 0
    /// Bytes of a part; zero for the usual number.
    var length = 0
    var id = ""

    init(_ step: Step, tries: Int, id: String = "") {
        self.step = step
        self.tries = tries
        self.id = id
    }

    init?(_ token: String?) {
        let parts = (token ?? "").split(separator: "|", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "bulk", let step = Step(rawValue: parts[1]), let tries = Int(parts[2]),
            let offset = Int(parts[3]), let length = Int(parts[4])
        else { return nil }
        self.init(step, tries: tries, id: parts[5])
        self.offset = offset
        self.length = length
    }

    var token: String { "bulk|\(step.rawValue)|\(tries)|\(offset)|\(length)|\(id)" }
}

/// The bytes of a part of a file, and whether the file ends with them.
struct BulkBytes {
    let bytes: ArraySlice<UInt8>
    let isLast: Bool

    /// - Parameter response: with the part that was asked for, or with the whole file where the host does not cut it
    init(_ response: VendorResponse, offset: Int, length: Int) {
        if response.status == 206 {
            let total = response.headers["Content-Range"]?.split(separator: "/").last.flatMap { Int($0) }
            bytes = response.body[...]
            isLast = total.map { offset + response.body.count >= $0 } ?? (response.body.count < length)
        } else {
            bytes = response.body.dropFirst(offset).prefix(length)
            isLast = offset + length >= response.body.count
        }
    }
}

/// The records in a part, each with its children put back into it. The last record of a part that goes on is left for
/// the next one, because more of its children may stand there.
struct BulkFamilies {
    private(set) var records: [JSONValue] = []
    /// Bytes that were read with them.
    private(set) var length = 0

    init(_ part: BulkBytes, children: String?) throws {
        var parent: JSONValue?
        var members: [JSONValue] = []
        var start = part.bytes.startIndex
        let first = start
        while start < part.bytes.endIndex {
            let end = part.bytes[start...].firstIndex(of: 0x0A)
            guard end != nil || part.isLast else { break }
            let line = part.bytes[start..<(end ?? part.bytes.endIndex)]
            let next = end.map { $0 + 1 } ?? part.bytes.endIndex
            defer { start = next }
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) else { continue }
            let record = try Self.record(line)
            guard let owner = record.at("__parentId")?.text else {
                if let parent {
                    records.append(Self.whole(parent, members, children))
                    length = start - first
                }
                (parent, members) = (record, [])
                continue
            }
            guard owner == parent?.at("id")?.text, children != nil else {
                throw VendorFault.schema(field: "__parentId", message: "A line stands behind another's parent.")
            }
            members.append(record.removing("__parentId"))
        }
        guard part.isLast else { return }
        if let parent { records.append(Self.whole(parent, members, children)) }
        length = part.bytes.count
    }

    private static func record(_ line: ArraySlice<UInt8>) throws -> JSONValue {
        guard let record = try? JSONParser.parse(Array(line), maximumDepth: 100, allowsDatabaseNames: true),
            record.isObject
        else { throw VendorFault.retry("cut") }
        return record
    }

    private static func whole(_ parent: JSONValue, _ members: [JSONValue], _ children: String?) -> JSONValue {
        children.map { parent.setting($0, ["nodes": .array(members)]) } ?? parent
    }
}

extension JSONValue {
    /// Without one of its members.
    func removing(_ name: String) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.name != name })
    }
}
