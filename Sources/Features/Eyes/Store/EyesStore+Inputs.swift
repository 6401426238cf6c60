import BSON
import Foundation
import Tenancy
import Web

/// The kept input of a run.
struct KeptInput: Sendable {
    let archive: RunArchive
    /// People who are missing from it by now.
    let forgotten: Int
}

extension EyesStore {
    /// A kept part cannot be unpacked.
    struct DamagedInput: Error, Equatable { let id: String }

    private var inputs: TenantCollection<StoredInput> { TenantCollection(scope, database) }

    /// Keeps what a run works on, over whatever an earlier attempt has kept.
    func keep(_ archive: RunArchive, of runID: String) async throws {
        let parts = try Self.parts(of: archive, runID)
        try await removeInput(of: runID)
        for part in parts { try await inputs.insert(part) }
    }

    func removeInput(of runID: String) async throws {
        _ = try await inputs.delete(.eq("run_id", .string(runID)), multi: true)
    }

    func runsWithInput() async throws -> Set<String> {
        Set(try await inputs.distinct("run_id").compactMap(\.stringValue))
    }

    func hasInput(of runID: String) async throws -> Bool {
        try await inputs.exists(.id(StoredInput.id(runID: runID, part: 0)))
    }

    /// The plain bytes of a part; nil after the last.
    func inputPart(_ part: Int, of runID: String) async throws -> (bytes: [UInt8], forgotten: Int)? {
        guard let stored = try await inputs.get(id: StoredInput.id(runID: runID, part: part)) else { return nil }
        return (try stored.plain(), stored.forgotten)
    }

    /// Nil where none is kept: for runs whose rows are gone, and those from before inputs were kept.
    func input(of runID: String) async throws -> KeptInput? {
        var bytes: [UInt8] = []
        var forgotten = 0
        var number = 0
        while let part = try await inputPart(number, of: runID) {
            bytes += part.bytes
            forgotten += part.forgotten
            number += 1
        }
        guard number > 0 else { return nil }
        return KeptInput(archive: try RunArchive(bytes: bytes), forgotten: forgotten)
    }

    private static func parts(of archive: RunArchive, _ runID: String) throws -> [StoredInput] {
        var parts: [StoredInput] = []
        var open: [UInt8] = []
        var damage: DamagedInput?
        func close() {
            guard !open.isEmpty else { return }
            let id = StoredInput.id(runID: runID, part: parts.count)
            guard let packed = Gzip.compress(open, level: 1) else { return damage = DamagedInput(id: id) }
            parts.append(
                StoredInput(
                    id: id, runID: runID, part: parts.count, size: open.count, packed: Data(packed), forgotten: 0))
            open.removeAll(keepingCapacity: true)
        }
        // Each piece begins with a customer; the head comes first and alone.
        try archive.write { piece in
            open += piece
            if parts.isEmpty || open.count >= StoredInput.fullSize { close() }
        }
        close()
        if let damage { throw damage }
        return parts
    }

    /// Takes the lines of people out of all kept inputs.
    func forgetInInputs(_ customers: Set<String>) async throws -> Int {
        var changed = 0
        for try await batch in try inputs.batches(.gt("part", 0), batchSize: 4) {
            for var part in batch {
                let plain = try part.plain()
                let (left, gone) = StoredInput.without(customers, plain)
                guard gone > 0 else { continue }
                guard let packed = Gzip.compress(left, level: 1) else { throw DamagedInput(id: part.id) }
                part.packed = Data(packed)
                part.size = left.count
                part.forgotten += gone
                try await inputs.replace(part)
                changed += 1
            }
        }
        return changed
    }
}

extension StoredInput {
    fileprivate func plain() throws -> [UInt8] {
        guard let bytes = Gzip.decompress([UInt8](packed), limit: size), bytes.count == size else {
            throw EyesStore.DamagedInput(id: id)
        }
        return bytes
    }

    /// The lines of everybody else, and how many people are missing.
    static func without(_ customers: Set<String>, _ plain: [UInt8]) -> (left: [UInt8], gone: Int) {
        var left: [UInt8] = []
        left.reserveCapacity(plain.count)
        var gone = 0
        var isGone = false
        for line in plain.split(separator: UInt8(ascii: "\n")) {
            if line.starts(with: "c ".utf8) {
                isGone = customers.contains(String(decoding: line.dropFirst(2), as: UTF8.self))
                if isGone { gone += 1 }
            }
            guard !isGone else { continue }
            left += line
            left.append(UInt8(ascii: "\n"))
        }
        return (left, gone)
    }
}
