import Web

/// The sign-up form as it was sent.
struct SignupForm: FormModel {
    var name = ""
    var email = ""
    var password = ""
    var organizationName = ""
    var timeZone = "UTC"
    var currency = "USD"
    var acceptsTerms = false
    var locale = "en"

    init(locale: AppLocale) { self.locale = locale.rawValue }

    init(_ form: Form) {
        name = form.trimmed("name")
        email = form.trimmed("email")
        password = form["password"]
        organizationName = form.trimmed("organization_name")
        timeZone = form["time_zone"]
        currency = form["currency"]
        acceptsTerms = form.has("terms")
    }

    func validate() -> Result<RegisterAccount, FieldErrors> {
        var draft = RegisterAccount.Draft()
        draft.email = email
        draft.password = password
        draft.name = name
        draft.organizationName = organizationName
        draft.timeZone = timeZone
        draft.currency = currency
        draft.locale = locale
        draft.acceptedTermsVersion = acceptsTerms ? RegisterAccount.currentTerms : nil
        do {
            return .success(try draft.checked())
        } catch {
            let errors = error.fieldErrors ?? FieldErrors()
            // The tick box is called `terms` on the page and a version in the API.
            return .failure(
                FieldErrors(errors.all.map { $0.field == "accepted_terms_version" ? $0.renamed("terms") : $0 }))
        }
    }
}

/// The form of the organization's settings.
struct OrganizationForm: FormModel {
    let settings: OrganizationSettings

    init(_ settings: OrganizationSettings) { self.settings = settings }

    init(_ form: Form) {
        settings = OrganizationSettings(
            name: form.trimmed("name"), slug: form.trimmed("slug").lowercased(), timeZone: form["time_zone"],
            currency: form["currency"], locale: form["locale"], weekStart: form["week_start"])
    }

    func validate() -> Result<OrganizationSettings, FieldErrors> {
        do {
            return .success(try settings.checked())
        } catch {
            return .failure(error.fieldErrors ?? FieldErrors())
        }
    }
}

/// The form that makes one more organization.
struct NewOrganizationForm: FormModel {
    var name = ""
    var timeZone = "UTC"
    var currency = "USD"

    init() {}

    init(_ form: Form) {
        name = form.trimmed("name")
        timeZone = form["time_zone"]
        currency = form["currency"]
    }

    func validate() -> Result<NewOrganization, FieldErrors> {
        let organization = NewOrganization(name: name, timeZone: timeZone, currency: currency)
        do {
            try organization.check()
            return .success(organization)
        } catch {
            return .failure(error.fieldErrors ?? FieldErrors())
        }
    }
}

extension FieldError {
    func renamed(_ field: String) -> FieldError { FieldError(field, code: code, key: key, arguments) }
}
