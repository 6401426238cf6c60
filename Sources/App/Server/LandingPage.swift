import Web

/// The front door: what this is, how to get in, and whether everything works.
struct LandingPage: Page {
    static let template = "site/landing"

    struct Check: Sendable, MustacheParent {
        let name: String
        let state: SafeHTML

        func child(named name: String) -> Any? {
            switch name {
            case "name": self.name
            case "state": state
            default: nil
            }
        }
    }

    let title: String
    let checkedAt: String
    let checks: [Check]
    /// Where the demo button posts to; nil where there is no demo organization.
    let demoAction: String?
    /// The demo organization's present figures; nil where it has none.
    let demoCard: DemoCard?

    init(report: HealthMonitor.Report, hasDemo: Bool, figures: DemoFigures?, words: Localizer) {
        title = words.t("site.title")
        checkedAt = words.t("site.checkedAt", ["time": words.dateTime(report.checkedAt) + " UTC"])
        func check(_ key: String, _ isWell: Bool) -> Check {
            Check(name: words.t("site.check.\(key)"), state: Pill.state(isWell ? .healthy : .error, words).html)
        }
        checks = [check("web", true), check("database", report.database), check("jobs", report.workers)]
        demoAction = hasDemo ? "/demo" : nil
        demoCard = figures.flatMap { DemoCard($0, words) }
    }

    private init(sampleWithDemo: Bool) {
        title = "Know which customers are slipping away"
        checkedAt = "checked 3 Oct 2026, 14:05 UTC"
        checks = [Check(name: "Database", state: .text("Healthy"))]
        demoAction = sampleWithDemo ? "/demo" : nil
        demoCard = sampleWithDemo ? .sample : nil
    }

    static let sample = LandingPage(sampleWithDemo: true)
    static var samples: [LandingPage] { [sample, LandingPage(sampleWithDemo: false)] }

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "checkedAt": checkedAt
        case "checks": checks
        case "demoAction": demoAction
        case "demoCard": demoCard
        case "signupHref": "/signup"
        case "loginHref": "/login"
        default: nil
        }
    }
}
