import Tenancy
import Web

/// Name, address and conventions of an organization.
struct OrganizationPage: Page {
    static let template = "accounts/organization"
    static let sample = OrganizationPage(
        title: "Organization", form: .sample, terms: .text("Terms"), action: "/o/acme/settings/organization",
        note: "Fixed.")

    let title: String
    let form: FormParts?
    /// The same values for whoever may only read them.
    let terms: SafeHTML?
    let action: String
    let note: String?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "errors": form?.errors
        case "fields": form?.fields
        case "terms": terms
        case "action": form == nil ? nil : action
        case "note": note
        default: nil
        }
    }
}

extension OrganizationPage {
    init(_ form: OrganizationForm, errors: FieldErrors = FieldErrors(), _ context: TenantPageContext) {
        let words = context.localizer
        let isDemo = context.scope.organization.kind == .demo
        let mayEdit = context.can(.orgEdit) && !isDemo
        self.init(
            title: words.t("accounts.organization.title"),
            form: mayEdit ? Self.fields(form.settings, errors, words) : nil,
            terms: mayEdit ? nil : Self.terms(form.settings, words), action: context.path("/settings/organization"),
            note: mayEdit ? nil : words.t(isDemo ? "accounts.organization.demo" : "accounts.organization.readOnly"))
    }

    private static func fields(_ settings: OrganizationSettings, _ errors: FieldErrors, _ words: Localizer) -> FormParts
    {
        let fields =
            [
                Field.text(
                    "name", label: words.field("organizationName"), value: settings.name,
                    error: errors.message("name", words), autocomplete: "organization"),
                Field.text(
                    "slug", label: words.field("slug"), value: settings.slug,
                    help: words.t("accounts.help.slug", ["slug": settings.slug]), error: errors.message("slug", words),
                    autocomplete: "off"),
            ] + Choices.conventions(timeZone: settings.timeZone, currency: settings.currency, errors: errors, words) + [
                Choices.locale(
                    settings.locale, label: words.field("locale"), withBrowser: false, errors: errors, words),
                Field.radios(
                    "week_start", label: words.field("weekStart"),
                    options: OrganizationSettings.weekStarts.map { .init($0, words.t("accounts.weekStarts.\($0)")) },
                    selected: settings.weekStart, error: errors.message("week_start", words)),
            ]
        return FormParts(fields, errors: errors, words)
    }

    private static func terms(_ settings: OrganizationSettings, _ words: Localizer) -> SafeHTML {
        Terms([
            .init(words.field("organizationName"), settings.name), .init(words.field("slug"), "/o/" + settings.slug),
            .init(words.field("timeZone"), settings.timeZone), .init(words.field("currency"), settings.currency),
            .init(words.field("locale"), words.t("accounts.locales.\(settings.locale)")),
            .init(words.field("weekStart"), words.t("accounts.weekStarts.\(settings.weekStart)")),
        ]).html
    }
}
