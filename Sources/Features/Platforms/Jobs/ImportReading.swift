import Customers
import Synchronization

/// A portion of a file, understood.
struct ImportPortion: Sendable {
    var rows: [ParsedRow] = []
    var problems: [RowProblem] = []
    /// Records read in all, up to and including this portion.
    var recordsDone = 0
    var repeated = 0
    var bytesDone = 0
    var line = 1
}

/// Reads a file portion by portion, on whatever pool thread asks. The state is kept between calls; memory does not grow
/// with the file, but for the table that tells equal rows apart.
final class ImportReading: Sendable {
    private struct State: ~Copyable {
        var file: ByteFile
        var transcoder: Transcoder
        var tokenizer: CSVTokenizer
        var reader: RowReader
        var skipsHeader: Bool
        var pending = ImportPortion()
        var ready: [ImportPortion] = []
        var next = 0
        var recordsDone = 0
        var bytesDone = 0
        var atEnd = false
    }

    private let state: Mutex<State>
    private let portionSize: Int

    init(path: String, mapping: ColumnMapping, columnNames: [String], portionSize: Int = 1000) throws {
        self.portionSize = portionSize
        state = Mutex(
            State(
                file: try ByteFile(reading: path), transcoder: Transcoder(mapping.encoding),
                tokenizer: CSVTokenizer(delimiter: mapping.delimiterByte),
                reader: RowReader(mapping: mapping, columnNames: columnNames), skipsHeader: mapping.hasHeader))
    }

    /// The next portion; nil at the end of the file.
    func next() throws -> ImportPortion? {
        try state.withLock { state in
            while state.next >= state.ready.count, !state.atEnd {
                state.ready.removeAll(keepingCapacity: true)
                state.next = 0
                try Self.advance(&state, portionSize)
            }
            guard state.next < state.ready.count else { return nil }
            state.next += 1
            return state.ready[state.next - 1]
        }
    }

    private static func advance(_ state: inout State, _ portionSize: Int) throws {
        let chunk = try state.file.read(upTo: 131_072)
        state.bytesDone += chunk.count
        var text: [UInt8] = []
        if chunk.isEmpty {
            state.transcoder.finish(into: &text)
        } else {
            text.reserveCapacity(chunk.count + chunk.count / 8)
            state.transcoder.decode(chunk, into: &text)
        }
        try tokenize(text, &state, portionSize, isEnd: chunk.isEmpty)
        if chunk.isEmpty {
            state.atEnd = true
            if state.pending.recordsDone > 0 { state.ready.append(state.pending) }
        }
    }

    private static func tokenize(_ text: [UInt8], _ state: inout State, _ portionSize: Int, isEnd: Bool) throws {
        // The tokenizer is moved out, so that its callback may use the rest of the state.
        var tokenizer = state.tokenizer
        state.tokenizer = CSVTokenizer(delimiter: 0x2C)
        defer { state.tokenizer = tokenizer }
        try tokenizer.feed(text) { take($0, &state, portionSize) }
        if isEnd { try tokenizer.finish { take($0, &state, portionSize) } }
    }

    private static func take(_ record: CSVRecord, _ state: inout State, _ portionSize: Int) {
        if record.line == 1, CSVDetector.separatorLine(record.bytes, delimiterEnds: record) { return }
        if state.skipsHeader {
            state.skipsHeader = false
            return
        }
        state.recordsDone += 1
        switch state.reader.read(record) {
        case .row(let row): state.pending.rows.append(row)
        case .repeated: state.pending.repeated += 1
        case .problem(let problem): state.pending.problems.append(problem)
        }
        state.pending.recordsDone = state.recordsDone
        state.pending.bytesDone = state.bytesDone
        state.pending.line = record.lastLine
        if state.pending.rows.count + state.pending.problems.count + state.pending.repeated >= portionSize {
            state.ready.append(state.pending)
            state.pending = ImportPortion()
        }
    }
}

extension ImportPortion {
    /// What is to be written of it. Consent columns become ledger entries as of the row's own time.
    func batch() -> WriteBatch {
        var batch = WriteBatch()
        batch.orders.reserveCapacity(rows.count)
        for row in rows {
            batch.orders.append(row.order)
            if row.email != nil || row.country != nil {
                batch.customers.append(
                    CustomerInput(externalID: row.customer, email: row.email, country: row.country))
            }
            batch.consents += row.consents
        }
        return batch
    }
}
