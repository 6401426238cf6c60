import Logging
import ServiceLifecycle

/// Stand-ins for all platforms in a process of their own, for a service that runs beside it.
public enum VendorServersRun {
    public static func run(firstPort: Int) async throws {
        let bench = try await VendorBench.start(firstPort: firstPort)
        for line in bench.exports { Terminal.say(line) }
        for line in bench.openings { Terminal.say("# " + line) }
        Terminal.say("# Give these lines to the shell that starts “omnify serve”. Stop with Ctrl-C.")
        try await ServeCommand.group([bench], logger: Logger(label: "omnify")).run()
    }
}
