import Web

struct SignupPage: Page {
    static let template = "accounts/signup"
    static let sample = SignupPage(title: "Sign up", form: .sample, isClosed: false)
    static let samples = [sample, SignupPage(title: "Sign-up is by invitation", form: nil, isClosed: true)]

    let title: String
    let form: FormParts?
    let isClosed: Bool

    /// - Parameter currency: what the browser's language suggests
    init(_ form: SignupForm, errors: FieldErrors, _ words: Localizer) {
        let fields =
            [
                Field.text(
                    "name", label: words.field("name"), value: form.name, error: errors.message("name", words),
                    autocomplete: "name"),
                Field.text(
                    "email", label: words.field("email"), value: form.email, type: .email,
                    error: errors.message("email", words), autocomplete: "username"),
                Field.text(
                    "password", label: words.field("password"), type: .password,
                    help: words.t("accounts.help.password"),
                    error: errors.message("password", words), autocomplete: "new-password"),
                Field.text(
                    "organization_name", label: words.field("organizationName"), value: form.organizationName,
                    help: words.t("accounts.help.organizationName"), error: errors.message("organization_name", words),
                    autocomplete: "organization"),
            ] + Choices.conventions(timeZone: form.timeZone, currency: form.currency, errors: errors, words) + [
                Field.checkbox(
                    "terms", label: words.field("terms"), isOn: form.acceptsTerms,
                    error: errors.message("terms", words))
            ]
        self.init(
            title: words.t("accounts.signup.title"), form: FormParts(fields, errors: errors, words), isClosed: false)
    }

    static func closed(_ words: Localizer) -> SignupPage {
        SignupPage(title: words.t("accounts.signup.closedTitle"), form: nil, isClosed: true)
    }

    private init(title: String, form: FormParts?, isClosed: Bool) {
        self.title = title
        self.form = form
        self.isClosed = isClosed
    }

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "errors": form?.errors
        case "fields": form?.fields
        case "isClosed": isClosed
        default: nil
        }
    }
}

/// The lists of zones, currencies, languages and roles.
enum Choices {
    static func conventions(timeZone: String, currency: String, errors: FieldErrors, _ words: Localizer) -> [Field] {
        [
            .select(
                "time_zone", label: words.field("timeZone"), options: TimeZones.all.map { .init($0, $0) },
                selected: timeZone, help: words.t("accounts.help.timeZone"), error: errors.message("time_zone", words)),
            .select(
                "currency", label: words.field("currency"), options: CurrencyCode.all.map { .init($0, $0) },
                selected: currency, help: words.t("accounts.help.currency"), error: errors.message("currency", words),
                short: true),
        ]
    }

    static func locale(_ selected: String, label: String, withBrowser: Bool, errors: FieldErrors, _ words: Localizer)
        -> Field
    {
        var options = OrganizationSettings.locales.map { Field.Option($0, words.t("accounts.locales.\($0)")) }
        if withBrowser { options.insert(.init("", words.t("accounts.profile.language")), at: 0) }
        return .select(
            "locale", label: label, options: options, selected: selected, error: errors.message("locale", words),
            required: !withBrowser, short: true)
    }
}
