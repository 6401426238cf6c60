/// Cuts UTF-8 bytes into records after RFC 4180, fed in chunks of any size, with flat memory.
///
/// Beyond the RFC: any of LF, CR and CRLF ends a line, any single byte separates fields, a quote inside an unquoted
/// field is an ordinary character. Fields and records have limits, so that a file without line ends cannot fill memory.
public struct CSVTokenizer: Sendable {
    public struct Limits: Sendable {
        /// Bytes kept of one field; a longer one makes the record defective.
        public var field: Int
        /// Bytes of one record; a longer one stops the reading, because the file is not what it seems.
        public var record: Int

        public init(field: Int = 1 << 20, record: Int = 8 << 20) {
            self.field = field
            self.record = record
        }
    }

    private enum State { case fieldStart, plain, quoted, quoteInQuoted }

    private let delimiter: UInt8
    private let limits: Limits
    private var state = State.fieldStart
    private var record = CSVRecord()
    private var line = 1
    private var quoteLine = 1
    private var recordBytes = 0
    private var fieldBytes = 0
    private var lastWasCR = false
    /// True once the current record has any byte of its own; what stands behind the last line end is no record.
    private var hasContent = false

    public init(delimiter: UInt8, limits: Limits = Limits()) {
        self.delimiter = delimiter
        self.limits = limits
    }

    /// Reads `chunk` and calls `emit` for each record that ends in it. What `emit` throws goes through.
    public mutating func feed(_ chunk: some Collection<UInt8>, _ emit: (CSVRecord) throws -> Void) throws {
        if try chunk.withContiguousStorageIfAvailable({ try consume($0, emit) }) == nil {
            try Array(chunk).withUnsafeBufferPointer { try consume($0, emit) }
        }
    }

    /// Ends the file: a last record without a line end is a record.
    public mutating func finish(_ emit: (CSVRecord) throws -> Void) throws {
        if state == .quoted { record.defect = .unclosedQuote(openedOnLine: quoteLine) }
        if hasContent { try endRecord(emit) }
    }

    private mutating func consume(_ chunk: UnsafeBufferPointer<UInt8>, _ emit: (CSVRecord) throws -> Void) throws {
        for byte in chunk {
            if lastWasCR {
                lastWasCR = false
                if byte == 0x0A {
                    if state == .quoted { store(byte) }
                    continue
                }
            }
            recordBytes += 1
            if recordBytes > limits.record {
                throw CSVError.recordTooLong(
                    line: record.line, limit: limits.record, quoteLine: state == .quoted ? quoteLine : nil)
            }
            try step(byte, emit)
        }
    }

    private mutating func step(_ byte: UInt8, _ emit: (CSVRecord) throws -> Void) throws {
        switch state {
        case .quoted:
            if byte == 0x22 {
                state = .quoteInQuoted
            } else {
                if byte == 0x0A || byte == 0x0D { newLine(byte) }
                store(byte)
            }
        case .quoteInQuoted where byte == 0x22:
            store(byte)
            state = .quoted
        case .fieldStart where byte == 0x22:
            state = .quoted
            quoteLine = line
            hasContent = true
        default:
            if byte == delimiter {
                hasContent = true
                endField()
            } else if byte == 0x0A || byte == 0x0D {
                try endRecord(emit)
                newLine(byte)
                record.line = line
            } else if state == .quoteInQuoted {
                if byte != 0x20 {
                    record.defect = record.defect ?? .textAfterQuote(column: record.ends.count)
                    state = .plain
                    store(byte)
                }
            } else {
                state = .plain
                store(byte)
            }
        }
    }

    private mutating func newLine(_ byte: UInt8) {
        line += 1
        lastWasCR = byte == 0x0D
    }

    private mutating func store(_ byte: UInt8) {
        hasContent = true
        if byte == 0 { record.defect = record.defect ?? .nulByte(column: record.ends.count) }
        fieldBytes += 1
        if fieldBytes <= limits.field {
            record.bytes.append(byte)
        } else {
            record.defect = record.defect ?? .fieldTooLong(column: record.ends.count)
        }
    }

    private mutating func endField() {
        record.ends.append(record.bytes.count)
        fieldBytes = 0
        state = .fieldStart
    }

    private mutating func endRecord(_ emit: (CSVRecord) throws -> Void) throws {
        endField()
        record.lastLine = line
        let blank = record.isBlank
        if !blank { try emit(record) }
        record.reset(line: line)
        recordBytes = 0
        hasContent = false
    }
}

/// What makes a file unreadable as a whole. Bad rows never do: they go to quarantine.
public enum CSVError: Error, Sendable, Equatable {
    case empty
    case headerOnly
    case recordTooLong(line: Int, limit: Int, quoteLine: Int?)
    case notText(FileKind)
    case unreadable(String)
}
