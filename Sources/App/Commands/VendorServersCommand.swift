import Logging
import ServiceLifecycle

/// The company that the stand-ins show.
public enum VendorCompany: String, CaseIterable, Sendable {
    /// 120 customers over 60 days: every platform is read in minutes.
    case small
    /// 900 customers over 15 months: enough for EYES. The vendors' limits make its first load slower.
    case large
}

/// Stand-ins for all platforms in a process of their own, for a service that runs beside it.
public enum VendorServersRun {
    /// - Parameter company: one of ``VendorCompany``
    public static func run(firstPort: Int, company name: String = VendorCompany.small.rawValue) async throws {
        guard let company = VendorCompany(rawValue: name) else {
            let known = VendorCompany.allCases.map(\.rawValue).joined(separator: ", ")
            throw StartRefusal("There is no company “\(name)”: choose one of \(known).")
        }
        let bench = try await VendorBench.start(firstPort: firstPort, company: company)
        for line in bench.exports { Terminal.say(line) }
        for line in bench.openings { Terminal.say("# " + line) }
        Terminal.say("# Give these lines to the shell that starts “omnify serve”. Stop with Ctrl-C.")
        try await ServeCommand.group([bench], logger: Logger(label: "omnify")).run()
    }
}
