/// What is wrong with one field of a form: a catalogue key and its arguments, so that page and API say it in the
/// reader's language.
public struct FieldError: Sendable, Equatable {
    public let field: String
    /// Stable reason, for instance `required`.
    public let code: String
    /// Catalogue key of the sentence.
    public let key: String
    public let arguments: [String: String]

    public init(_ field: String, code: String, key: String? = nil, _ arguments: [String: String] = [:]) {
        self.field = field
        self.code = code
        self.key = key ?? "web.errors.\(code)"
        self.arguments = arguments
    }
}

/// All that is wrong with a form, in the order of its fields.
public struct FieldErrors: Error, Sendable, Equatable {
    public private(set) var all: [FieldError]

    public init(_ errors: [FieldError] = []) { all = errors }

    public var isEmpty: Bool { all.isEmpty }

    /// Notes an error. The sentence is `web.errors.<code>` unless a key is given.
    public mutating func add(_ field: String, _ code: String, key: String? = nil, _ arguments: [String: String] = [:]) {
        all.append(FieldError(field, code: code, key: key, arguments))
    }

    /// Notes that a required field is empty.
    public mutating func require(_ field: String, _ value: String) {
        if value.trimmingBlanks().isEmpty { add(field, "required") }
    }

    /// The errors of one field.
    public subscript(field: String) -> [FieldError] { all.filter { $0.field == field } }

    /// The first sentence for a field, or nil. Page models place it beside the field.
    public func message(_ field: String, _ words: Localizer) -> String? {
        self[field].first.map { words.t($0.key, $0.arguments) }
    }

    /// All sentences with their fields, for the summary above the form.
    public func summary(_ words: Localizer) -> [(field: String, message: String)] {
        all.map { ($0.field, words.t($0.key, $0.arguments)) }
    }

    /// The same as a 422 for programs.
    public func problem(_ words: Localizer) -> Problem {
        .validation(all.map { FieldProblem(field: $0.field, code: $0.code, message: words.t($0.key, $0.arguments)) })
    }
}

/// A form: the raw text as sent, and the way from there to a command. On failure the same page is shown again with
/// status 422, the values and the errors.
public protocol FormModel: Sendable {
    associatedtype Command

    init(_ form: Form)
    func validate() -> Result<Command, FieldErrors>
}
