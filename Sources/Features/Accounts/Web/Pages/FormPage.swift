import Web

/// A page that is mostly one form: sign-in, sign-up, joining. Values come back as they were typed, passwords never.
struct FormParts: Sendable {
    let errors: SafeHTML
    let fields: SafeHTML

    init(_ fields: [Field], errors: FieldErrors, general: String? = nil, _ words: Localizer) {
        var items = errors.all.map { error in
            let message = words.t(error.key, error.arguments)
            let label = error.code == "required" ? words.label(of: error.field) : nil
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

    /// The label of a field by the name it is sent under; nil where that name has several labels.
    func label(of name: String) -> String? {
        let labels = [
            "email": "email", "password": "password", "organization_name": "organizationName",
            "current_password": "currentPassword", "new_password": "newPassword",
        ]
        return labels[name].map { field($0) }
    }

    func role(_ role: String) -> String { t("accounts.roles.\(role)") }
}
