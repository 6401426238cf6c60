import Web

struct LoginPage: Page {
    static let template = "accounts/login"
    static let sample = LoginPage(
        title: "Sign in", form: .sample, next: "/o/acme/home", notice: "Signed out.", hasDemo: true)

    let title: String
    let form: FormParts
    let next: String?
    let notice: String?
    let hasDemo: Bool

    init(email: String, next: String?, notice: String?, hasDemo: Bool, general: String? = nil, _ words: Localizer) {
        let fields = [
            Field.text("email", label: words.field("email"), value: email, type: .email, autocomplete: "username"),
            Field.text("password", label: words.field("password"), type: .password, autocomplete: "current-password"),
        ]
        self.init(
            title: words.t("accounts.login.title"),
            form: FormParts(fields, errors: FieldErrors(), general: general, words), next: next, notice: notice,
            hasDemo: hasDemo)
    }

    private init(title: String, form: FormParts, next: String?, notice: String?, hasDemo: Bool) {
        self.title = title
        self.form = form
        self.next = next
        self.notice = notice
        self.hasDemo = hasDemo
    }

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "errors": form.errors
        case "fields": form.fields
        case "next": next
        case "notice": notice
        case "hasDemo": hasDemo
        default: nil
        }
    }
}
