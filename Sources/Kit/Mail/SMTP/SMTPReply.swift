/// What a mail server answered: a code and one or more lines.
struct SMTPReply: Sendable, Hashable {
    let code: Int
    let lines: [String]

    var isGood: Bool { (200..<400).contains(code) }

    /// Reads the next line of a reply. Returns the reply with its last line, nil while more lines follow.
    struct Parser {
        private var code: Int?
        private var lines: [String] = []

        /// - Throws: for what is no reply, or lines of different replies.
        mutating func take(_ line: String) throws(MailFault) -> SMTPReply? {
            let bytes = Array(line.utf8)
            guard bytes.count >= 3, let number = Int(line.prefix(3)), (200..<600).contains(number),
                code == nil || code == number, lines.count < 100
            else { throw .temporary("protocol") }
            code = number
            lines.append(String(line.dropFirst(4)))
            if bytes.count > 3, bytes[3] == UInt8(ascii: "-") { return nil }
            defer { self = Parser() }
            return SMTPReply(code: number, lines: lines)
        }
    }
}

/// What a server said it can do.
struct SMTPAbilities: Sendable, Hashable {
    let words: [String: Set<String>]

    init(_ reply: SMTPReply) {
        words = Dictionary(
            reply.lines.dropFirst().compactMap { line in
                let parts = line.uppercased().split(whereSeparator: { $0 == " " || $0 == "=" }).map(String.init)
                return parts.first.map { ($0, Set(parts.dropFirst())) }
            }, uniquingKeysWith: { $0.union($1) })
    }

    var startsTLS: Bool { words["STARTTLS"] != nil }
    func authenticates(by way: String) -> Bool { words["AUTH"]?.contains(way) ?? false }
}
