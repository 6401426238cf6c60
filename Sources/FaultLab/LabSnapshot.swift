import BSON
import Crypto
import Customers
import Mongo
import Records
import Tenancy
import Vault

/// All canonical rows of a lab in words that do not depend on when they were written and under which ids: equal means
/// nothing lost, nothing doubled.
public struct LabSnapshot: Sendable, Equatable {
    /// Sorted rows by collection.
    public let rows: [String: [String]]

    public static let collections =
        ["customers", "orders", "consent_records", "order_days"] + Records.collections.map(\.name)

    /// What says when, in which run and from which list something was written, not what it is.
    private static let technical: Set<String> = [
        "pii", "created_at", "updated_at", "version", "import_id", "updated_import_id", "first_seen_at",
        "last_synced_at", "run_id", "organization_id", "connection_id", "row_hash", "stream", "final",
    ]

    public static func take(_ database: MongoDatabase) async throws -> LabSnapshot {
        var documents: [String: [BSONDocument]] = [:]
        var names: [String: String] = [:]
        for collection in collections {
            let found = try await database.collection(collection).find([:])
            documents[collection] = found
            for document in found {
                guard let id = document["_id"]?.stringValue else { continue }
                names[id] = "\(collection)/\(document["external_id"]?.stringValue ?? "")"
            }
        }
        return LabSnapshot(rows: documents.mapValues { $0.map { line($0, names) }.sorted() })
    }

    public func count(_ collection: String) -> Int { rows[collection]?.count ?? 0 }

    /// SHA-256 of everything.
    public var hash: String {
        var hash = SHA256()
        for (name, lines) in rows.sorted(by: { $0.key < $1.key }) {
            hash.update(data: Array(name.utf8))
            for line in lines { hash.update(data: Array(line.utf8)) }
        }
        return Hex.encode(hash.finalize())
    }

    /// What this one has otherwise than the truth, a line for each collection; empty when nothing differs.
    public func differences(from truth: LabSnapshot) -> [String] {
        Self.collections.compactMap { name in
            let (mine, true_) = (rows[name] ?? [], truth.rows[name] ?? [])
            guard mine != true_ else { return nil }
            let (lost, more) = (Self.surplus(true_, over: mine), Self.surplus(mine, over: true_))
            let example = [lost.first.map { "lost: \($0)" }, more.first.map { "unexpected: \($0)" }]
            return "\(name): \(lost.count) lost, \(more.count) unexpected; "
                + example.compactMap(\.self).joined(separator: " | ")
        }
    }

    /// Rows of an earlier moment that are not here any more, by their names.
    public func missing(from earlier: LabSnapshot) -> [String] {
        Self.collections.filter { $0 != "order_days" && $0 != "consent_records" }.flatMap { name in
            let here = Set((rows[name] ?? []).map(Self.name))
            return (earlier.rows[name] ?? []).map(Self.name).filter { !here.contains($0) }.map(String.init)
        }
    }

    private static func name(_ line: String) -> Substring { line.prefix { $0 != " " } }

    private static func surplus(_ lines: [String], over others: [String]) -> [String] {
        var counts: [String: Int] = [:]
        for line in others { counts[line, default: 0] += 1 }
        return lines.filter { line in
            guard let count = counts[line], count > 0 else { return true }
            counts[line] = count - 1
            return false
        }
    }

    /// Begins with the row's name; ids inside it become the names of what they point to.
    private static func line(_ document: BSONDocument, _ names: [String: String]) -> String {
        var content = document.removing(technical.union(["_id"]))
        if let gone = content["deleted_at"] { content.set("deleted_at", .bool(gone != .null)) }
        // Whoever is no longer listed has gone at an unknown moment before it was noticed.
        if content["proof"]?.stringValue?.contains("no longer listed") == true {
            content = content.removing(["collected_at"])
        }
        let id = document["_id"]?.stringValue.flatMap { names[$0] } ?? ""
        let sorted = BSONDocument(content.elements().sorted { $0.key < $1.key })
        return id + " " + named(sorted.description, names)
    }

    private static func named(_ text: String, _ names: [String: String]) -> String {
        var result: [UInt8] = []
        var word: [UInt8] = []
        func flush() {
            if word.count > 20, let name = names[String(decoding: word, as: UTF8.self)] {
                result += Array(name.utf8)
            } else {
                result += word
            }
            word.removeAll(keepingCapacity: true)
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"):
                word.append(byte)
            default:
                flush()
                result.append(byte)
            }
        }
        flush()
        return String(decoding: result, as: UTF8.self)
    }
}
