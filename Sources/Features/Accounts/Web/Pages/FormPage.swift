import Web

/// A page that is mostly one form: sign-in, sign-up, joining. Values come back as they were typed, passwords never.
struct FormParts: Sendable {
    let errors: SafeHTML
    let fields: SafeHTML

    init(_ fields: [Field], errors: FieldErrors, general: String? = nil, _ words: Localizer) {
        // In the order of the form, each with the words above its field.
        let places = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        let ordered = errors.all.sorted { places[$0.field] ?? .max < places[$1.field] ?? .max }
        var items = ordered.map { error in
            let message = words.t(error.key, error.arguments)
            let label = error.code == "required" ? places[error.field].map { fields[$0].label } : nil
            return ErrorSummary.Item(field: error.field, message: label.map { "\($0): \(message)" } ?? message)
        }
        if let general { items.insert(.init(field: nil, message: general), at: 0) }
        self.errors = ErrorSummary(items).html(words)
        self.fields = HTMLWriter.build { html in
            for field in fields { field.write(to: &html, words) }
        }
    }

    static let sample = FormParts(errors: .text("Please correct this first"), fields: .text("Fields"))

    private init(errors: SafeHTML, fields: SafeHTML) {
        self.errors = errors
        self.fields = fields
    }
}

extension Localizer {
    func field(_ name: String) -> String { t("accounts.fields.\(name)") }

    func role(_ role: String) -> String { t("accounts.roles.\(role)") }
}
