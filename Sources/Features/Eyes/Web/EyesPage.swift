import Web

/// The page of EYES: who the customers are, who slips away, how sure that is.
struct EyesPage: Page {
    static let template = "eyes/index"

    var title: String
    var subtitle: String?
    /// Where "Run" posts to; nil while a run is under way or the reader may not start one.
    var startAction: String?
    var startWords: String
    var runsHref: String
    /// As-of line, run state and gates.
    var status: SafeHTML
    var navigation: SafeHTML
    var notices: SafeHTML
    var main: SafeHTML
    var proof: SafeHTML

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "subtitle": subtitle
        case "startAction": startAction
        case "startWords": startWords
        case "runsHref": runsHref
        case "status": status
        case "navigation": navigation
        case "notices": notices
        case "main": main
        case "proof": proof
        default: nil
        }
    }

    static let sample = EyesPage(
        title: "412 customers at high risk", subtitle: "Orders up to 30 June 1998", startAction: "/o/demo/eyes/run",
        startWords: "Run again", runsHref: "/o/demo/eyes/runs", status: .text("Accepted"),
        navigation: .text("30 60 90"),
        notices: .empty, main: .text("Segments"), proof: .text("9,818 of 12,430 used"))

    static var samples: [EyesPage] {
        var running = sample
        running.startAction = nil
        running.subtitle = nil
        return [sample, running]
    }
}

/// A page that is a heading and prepared parts: segment, model, runs, run.
struct EyesDetailPage: Page {
    static let template = "eyes/detail"

    var title: String
    var subtitle: String?
    var crumbs: SafeHTML
    var main: SafeHTML
    /// Address of a stream of progress, while there is one.
    var stream: String?
    var cancelAction: String?
    var cancelWords: String?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "subtitle": subtitle
        case "crumbs": crumbs
        case "main": main
        case "stream": stream
        case "cancelAction": cancelAction
        case "cancelWords": cancelWords
        default: nil
        }
    }

    static let sample = EyesDetailPage(
        title: "High value, slipping", subtitle: "1,204 customers", crumbs: .text("EYES"), main: .text("Profile"),
        stream: "/o/demo/eyes/runs/job_1/stream", cancelAction: "/o/demo/eyes/runs/job_1/cancel",
        cancelWords: "Stop this run")
}
