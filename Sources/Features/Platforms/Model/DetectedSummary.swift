import Crypto
import Vault

/// What was found out about a file when it arrived, kept with it, so that the preview needs no second reading.
public struct DetectedSummary: Sendable, Codable, Equatable {
    public struct Column: Sendable, Codable, Equatable {
        public var name: String
        public var kind: ColumnProfile.Kind
        public var examples: [String]
        public var dateFormats: [DateFormat]
        public var datesAreAmbiguous: Bool
        /// Of the values looked at, how many the best format does not read.
        public var datesNotRead: Int
        public var numberFormat: NumberFormat
        public var numbersAreAmbiguous: Bool
        public var filled: Int

        enum CodingKeys: String, CodingKey {
            case name, kind, examples, filled
            case dateFormats = "date_formats"
            case datesAreAmbiguous = "dates_ambiguous"
            case datesNotRead = "dates_not_read"
            case numberFormat = "number_format"
            case numbersAreAmbiguous = "numbers_ambiguous"
        }
    }

    /// How the rows of a file are written.
    public enum Form: String, Sendable, Codable { case csv, jsonl }

    /// Nil in what was found out of tables before other forms were read.
    private var kind: Form?
    public var encoding: TextEncoding
    public var delimiter: String
    public var hasHeader: Bool
    public var columns: [Column]
    public var preview: [[String]]
    public var previewLines: [Int]
    public var rowsSeen: Int
    public var sawWholeFile: Bool
    public var duplicateNames: [String]
    /// Equal for files with the same columns: finds the mapping used last time.
    public var fingerprint: String

    public var form: Form { kind ?? .csv }

    public init(_ format: DetectedFormat, form: Form = .csv, encoding: TextEncoding, sawWholeFile: Bool) {
        kind = form
        self.encoding = encoding
        self.sawWholeFile = sawWholeFile
        delimiter = String(UnicodeScalar(format.delimiter))
        hasHeader = format.hasHeader
        preview = format.preview
        previewLines = format.previewLines
        rowsSeen = format.rowsSeen
        duplicateNames = format.duplicateNames
        columns = format.columns.map { column in
            Column(
                name: column.name, kind: column.kind, examples: column.examples, dateFormats: column.dateFormats,
                datesAreAmbiguous: column.datesAreAmbiguous, datesNotRead: column.datesNotRead,
                numberFormat: column.numberFormat, numbersAreAmbiguous: column.numbersAreAmbiguous,
                filled: column.filled)
        }
        let names = format.columns.map { $0.name.lowercased() }.joined(separator: "\u{1F}")
        let text = (form == .jsonl ? "jsonl:" : format.hasHeader ? "header:" : "plain:") + names
        fingerprint = Hex.encode(Array(SHA256.hash(data: Array(text.utf8))))
    }

    enum CodingKeys: String, CodingKey {
        case kind = "form"
        case encoding, delimiter, columns, preview, fingerprint
        case hasHeader = "has_header"
        case previewLines = "preview_lines"
        case rowsSeen = "rows_seen"
        case sawWholeFile = "saw_whole_file"
        case duplicateNames = "duplicate_names"
    }
}
