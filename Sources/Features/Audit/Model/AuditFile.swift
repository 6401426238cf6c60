import FoundationEssentials
import Web

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

public enum AuditFileError: Error, Equatable, CustomStringConvertible {
    case cannotOpen(String)
    /// The first line is not the head of an exported log.
    case notAnExport

    public var description: String {
        switch self {
        case .cannotOpen(let path): "\(path) cannot be read"
        case .notAnExport: "the file is not an exported audit log"
        }
    }
}

/// Checks an exported log without the product's database: `omnify audit verify FILE`.
public struct AuditFile {
    private let organizationID: String
    private let head: (seq: Int, hash: String)
    private var verifier = ChainVerifier()

    /// - Parameter firstLine: the export's head.
    init(firstLine: [UInt8]) throws(AuditFileError) {
        guard let json = try? JSONParser.parse(firstLine), json["format"]?.stringValue == AuditExportLine.format,
            let organizationID = json["organization_id"]?.stringValue, let seq = json["last_seq"]?.int64Value,
            let hash = json["last_hash"]?.stringValue
        else { throw .notAnExport }
        self.organizationID = organizationID
        self.head = (Int(seq), hash)
    }

    mutating func feed(_ line: [UInt8]) {
        verifier.feed(
            AuditExportLine.parse(row: line, organizationID: organizationID)
                ?? CheckedRow(unreadableAt: 0, organizationID: organizationID))
    }

    mutating func finish() -> AuditVerdict { verifier.finish(head: head) }

    /// Verifies lines held in memory.
    public static func verify(_ lines: some Sequence<[UInt8]>) throws(AuditFileError) -> AuditVerdict {
        var iterator = lines.makeIterator()
        guard let first = iterator.next() else { throw .notAnExport }
        var file = try AuditFile(firstLine: first)
        while let line = iterator.next() { file.feed(line) }
        return file.finish()
    }

    /// Verifies a file of any size, line by line.
    public static func verify(path: String) throws(AuditFileError) -> AuditVerdict {
        guard let stream = fopen(path, "rb") else { throw .cannotOpen(path) }
        defer { fclose(stream) }
        guard let first = nextLine(stream) else { throw .notAnExport }
        var file = try AuditFile(firstLine: first)
        while let line = nextLine(stream) { file.feed(line) }
        return file.finish()
    }

    /// The next line without its end; nil behind the last one.
    private static func nextLine(_ stream: UnsafeMutablePointer<FILE>) -> [UInt8]? {
        var buffer: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(buffer) }
        var count = getline(&buffer, &capacity, stream)
        guard count >= 0, let buffer else { return nil }
        if count > 0, UInt8(bitPattern: buffer[count - 1]) == UInt8(ascii: "\n") { count -= 1 }
        return (0..<count).map { UInt8(bitPattern: buffer[$0]) }
    }
}
