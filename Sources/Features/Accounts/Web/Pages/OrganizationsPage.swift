import Tenancy
import Web

/// Where a person belongs, and the form for one more organization.
struct OrganizationsPage: Page {
    static let template = "accounts/organizations"
    static let sample = OrganizationsPage(title: "Your organizations", table: .text("Table"), form: .sample)

    let title: String
    let table: SafeHTML
    let form: FormParts?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "table": table
        case "errors": form?.errors
        case "fields": form?.fields
        case "canCreate": form != nil
        default: nil
        }
    }
}

extension OrganizationsPage {
    init(
        _ places: [(organization: Organization, role: Role)], form: NewOrganizationForm = NewOrganizationForm(),
        errors: FieldErrors = FieldErrors(), canCreate: Bool, _ words: Localizer
    ) {
        let fields =
            [
                Field.text(
                    "name", label: words.field("organizationName"), value: form.name,
                    error: errors.message("name", words),
                    autocomplete: "organization")
            ] + Choices.conventions(timeZone: form.timeZone, currency: form.currency, errors: errors, words)
        self.init(
            title: words.t("accounts.organizations.title"), table: Self.table(places, words),
            form: canCreate ? FormParts(fields, errors: errors, words) : nil)
    }

    private static func table(_ places: [(organization: Organization, role: Role)], _ words: Localizer) -> SafeHTML {
        DataTable(
            id: "organizations", caption: words.t("accounts.organizations.caption"),
            columns: [
                TableColumn(words.t("accounts.organizations.name")),
                TableColumn(words.t("accounts.organizations.role")),
                TableColumn(words.t("accounts.organizations.state")),
            ],
            rows: places.map { place in
                [
                    .rowLink(place.organization.name, "/o/\(place.organization.slug)/home"),
                    .text(words.role(place.role.rawValue)), .text(state(place.organization, words)),
                ]
            },
            empty: HTMLWriter.build { $0.element("p", class: "soft", text: words.t("accounts.organizations.none")) },
            showsCaption: false
        ).html(words)
    }

    private static func state(_ organization: Organization, _ words: Localizer) -> String {
        if organization.kind == .demo { return words.t("accounts.status.demo") }
        let date = organization.trialEndsAt.map { words.date($0) } ?? "–"
        return words.t("accounts.status.\(organization.status.rawValue)", ["date": date])
    }
}
