import Testing

@testable import Platforms

@Suite("Cutting CSV into records")
struct TokenizerTests {
    @Test("quotes, doubled quotes and line ends inside them", arguments: [1, 2, 3, 1000])
    func quotes(chunk: Int) throws {
        let text = "a,\"b,1\",c\r\n\"say \"\"hi\"\"\",\"two\nlines\",\"\"\r\nx,y,z"
        #expect(
            try records(text, chunk: chunk) == [
                ["a", "b,1", "c"], ["say \"hi\"", "two\nlines", ""], ["x", "y", "z"],
            ])
    }

    @Test("LF, CR and CRLF all end a line", arguments: ["\n", "\r", "\r\n"])
    func lineEnds(end: String) throws {
        #expect(try records("a,b\(end)\(end)c,d\(end)") == [["a", "b"], ["c", "d"]])
    }

    @Test("empty fields, a trailing delimiter, a last line without an end")
    func edges() throws {
        #expect(try records(",,\n1,2,\n,x") == [["", "", ""], ["1", "2", ""], ["", "x"]])
        #expect(try records("").isEmpty)
        #expect(try records("\"\",x\n") == [["", "x"]])
    }

    @Test("lines are counted through quoted line ends")
    func lines() throws {
        var tokenizer = CSVTokenizer(delimiter: 0x2C)
        var lines: [Int] = []
        try tokenizer.feed(Array("a\n\"x\ny\r\nz\"\nb\n".utf8)) { lines.append($0.line) }
        #expect(lines == [1, 2, 5])
    }

    @Test("defects are marked and reading goes on")
    func defects() throws {
        var tokenizer = CSVTokenizer(delimiter: 0x2C, limits: .init(field: 4, record: 100))
        var defects: [CSVRecord.Defect?] = []
        try tokenizer.feed(Array("a,b\0c\n\"x\"y,1\nlonger,1\nok,1\n\"open,\n".utf8)) { defects.append($0.defect) }
        try tokenizer.finish { defects.append($0.defect) }
        #expect(
            defects == [
                .nulByte(column: 1), .textAfterQuote(column: 0), .fieldTooLong(column: 0), nil,
                .unclosedQuote(openedOnLine: 5),
            ])
    }

    @Test("a line beyond the limit stops with its number, and memory stays small")
    func endlessLine() throws {
        var tokenizer = CSVTokenizer(delimiter: 0x2C)
        let chunk = [UInt8](repeating: 0x61, count: 1 << 20)
        try tokenizer.feed(Array("h\n".utf8)) { _ in }
        #expect(throws: CSVError.recordTooLong(line: 2, limit: 8 << 20, quoteLine: nil)) {
            for _ in 0..<100 { try tokenizer.feed(chunk) { _ in } }
        }
    }

    @Test("a thousand mutated files never crash and never lose the place")
    func fuzz() throws {
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let seed = Array("customer,date,amount\r\n\"a\"\"b\",1997-01-01,\"1,234.50\"\r\nc;d,01/02/97,(3)\n".utf8)
        let alphabet: [UInt8] = [0, 0x0A, 0x0D, 0x22, 0x2C, 0x3B, 0x09, 0x7C, 0xFF, 0xFE, 0xC3, 0x28, 0x39, 0x2D, 0x20]
        for _ in 0..<1000 {
            var bytes = seed
            for _ in 0..<(1 + random(12)) {
                let place = random(bytes.count)
                switch random(3) {
                case 0: bytes[place] = alphabet[random(alphabet.count)]
                case 1: bytes.insert(alphabet[random(alphabet.count)], at: place)
                default: bytes.remove(at: place)
                }
            }
            guard let detected = try? detect(bytes) else { continue }
            var mapping = ColumnMapping(
                encoding: detected.encoding, delimiter: detected.delimiter, hasHeader: detected.hasHeader,
                currency: "USD", timeZone: "Europe/Madrid")
            mapping.fill(from: detected)
            var reader = RowReader(mapping: mapping, columnNames: detected.columns.map(\.name))
            var text: [UInt8] = []
            var transcoder = Transcoder(detected.encoding)
            transcoder.decode(bytes, into: &text)
            transcoder.finish(into: &text)
            var tokenizer = CSVTokenizer(delimiter: mapping.delimiterByte)
            var lastLine = 0
            let visit = { (record: CSVRecord) in
                #expect(record.line > lastLine)
                lastLine = record.lastLine > record.line ? record.lastLine - 1 : record.line
                _ = reader.read(record)
            }
            try tokenizer.feed(text, visit)
            try tokenizer.finish(visit)
        }
    }
}
