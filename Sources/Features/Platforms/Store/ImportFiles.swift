import Crypto
import Foundation
import Jobs
import Synchronization
import Tenancy
import Vault

/// The raw files under the data directory, one folder an organization. Names are ours, never the uploader's.
public struct ImportFiles: Sendable {
    /// The largest file taken: one gigabyte (product 02 §12).
    public static let maximumSize = 1 << 30

    private let root: String
    private let maximum: Int

    /// - Parameter root: an existing directory that the process may write to.
    public init(root: String, maximumSize: Int = ImportFiles.maximumSize) {
        self.root = root
        maximum = maximumSize
    }

    func path(_ scope: TenantScope, _ importID: String) -> String { "\(folder(scope))/\(importID).csv" }

    private func folder(_ scope: TenantScope) -> String { "\(root)/imports/\(scope.organizationID)" }

    /// What arrived.
    public struct Received: Sendable {
        public var size: Int
        public var sha256: String
        public var inspector: FileInspector
    }

    /// Takes a file in chunks. Anything that goes wrong on the way, and an upload that is cut off is that, leaves
    /// nothing behind.
    func receive<Chunks: AsyncSequence>(
        _ scope: TenantScope, importID: String, chunks: Chunks
    ) async throws -> Received where Chunks.Element == [UInt8] {
        let target = path(scope, importID)
        let folder = folder(scope)
        let writer = try await ComputePool.shared.run {
            try Folder.make(folder)
            return try UploadWriter(target)
        }
        do {
            return try await write(chunks, with: writer)
        } catch {
            writer.discard()
            throw error
        }
    }

    private func write<Chunks: AsyncSequence>(
        _ chunks: Chunks, with writer: UploadWriter
    ) async throws -> Received where Chunks.Element == [UInt8] {
        var pending: [UInt8] = []
        for try await chunk in chunks {
            pending += chunk
            guard pending.count >= 1 << 20 else { continue }
            let bytes = pending
            pending = []
            let size = try await ComputePool.shared.run { try writer.write(bytes) }
            guard size <= maximum else { throw ImportError.tooLarge(limit: maximum) }
        }
        let rest = pending
        return try await ComputePool.shared.run { [maximum] in
            guard try writer.write(rest) <= maximum else { throw ImportError.tooLarge(limit: maximum) }
            return try writer.finish()
        }
    }

    /// Deletes the file of an import; the rows read from it stay.
    public func remove(_ scope: TenantScope, _ importID: String) async throws {
        let path = path(scope, importID)
        _ = try await ComputePool.shared.run { unlink(path) }
    }

    /// Deletes all files of an organization, and its folder.
    public func removeAll(_ scope: TenantScope) async throws {
        let folder = folder(scope)
        try await ComputePool.shared.run {
            guard FileManager.default.fileExists(atPath: folder) else { return }
            try FileManager.default.removeItem(atPath: folder)
        }
    }
}

/// Writes, hashes and inspects in one go; used by one upload, from pool threads, one after the other.
private final class UploadWriter: Sendable {
    private struct State: ~Copyable {
        var file: PartialFile
        var hash = SHA256()
        var inspector = FileInspector()
    }

    private let state: Mutex<State>

    init(_ path: String) throws { state = Mutex(State(file: try PartialFile(writing: path))) }

    /// Returns the size so far.
    func write(_ bytes: [UInt8]) throws -> Int {
        try state.withLock { state in
            try state.file.write(bytes)
            state.hash.update(data: bytes)
            state.inspector.update(bytes)
            return state.inspector.size
        }
    }

    func discard() { state.withLock { $0.file.discard() } }

    func finish() throws -> ImportFiles.Received {
        try state.withLock { state in
            try state.file.finish()
            return ImportFiles.Received(
                size: state.inspector.size, sha256: Hex.encode(Array(state.hash.finalize())), inspector: state.inspector
            )
        }
    }
}

/// What can go wrong with an import as a whole, before or beside the reading of its rows.
public enum ImportError: Error, Sendable, Equatable {
    case tooLarge(limit: Int)
    case notFound
    case wrongState(ImportState)
    case unreadable(ImportFailure)
    case mappingIncomplete([ImportField])
    case ambiguousDates
    case ambiguousNumbers
    case statementNeeded
    case fileGone
    case invalidMapping(field: String, String)
    case diskFull
    /// The data folder belongs to somebody else, or its disk takes no writes.
    case notWritable
}
