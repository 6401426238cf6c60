import BSON
import Foundation
import Mail
import Mongo
import Vault

/// Looks at everything the service stands on and says, for each thing that is wrong, how to mend it.
public struct Doctor: Sendable {
    public struct Finding: Sendable {
        public enum Verdict: String, Sendable { case ok, warning, wrong }
        public let subject: String
        public let verdict: Verdict
        public let words: String
        public let remedy: String?

        init(_ subject: String, _ verdict: Verdict, _ words: String, remedy: String? = nil) {
            self.subject = subject
            self.verdict = verdict
            self.words = words
            self.remedy = remedy
        }

        init(_ subject: String, _ verdict: Verdict, _ obstacle: (words: String, remedy: String)?) {
            self.init(subject, verdict, obstacle?.words ?? "", remedy: obstacle?.remedy)
        }

        init(_ report: CollectionReport) {
            self.init("collection \(report.name)", .ok, report.words)
        }
    }

    let config: AppConfig
    let client: MongoClient
    let migrator: Migrator
    let clock: WallClock

    /// All findings, in the order in which they should be mended.
    public func examine() async -> [Finding] {
        var findings = [Finding("configuration", .ok, "all settings are understood")]
        do {
            findings += try await database()
            findings += try await Self.schema(migrator)
        } catch {
            findings.append(
                Finding(
                    "database", .wrong, "no answer: \(error)",
                    remedy: "Is MongoDB running, and does OMNIFY_MONGO_URL name it? “make run” starts one of its own."))
        }
        findings += [port(), folder(), disk()]
        findings.append(await mail())
        // Without an answer it was said above that there is none.
        findings += (try? await CollectionReport.all(in: migrator.database).map(Finding.init)) ?? []
        return findings
    }

    private func database() async throws -> [Finding] {
        let admin = client.database("admin")
        let version = try await admin.command(["buildInfo": 1])["version"]?.stringValue ?? "unknown"
        let major = version.split(separator: ".").first.flatMap { Int($0) } ?? 0
        let before = clock.now()
        let hello = try await admin.command(["hello": 1])
        var findings = [
            major >= 6
                ? Finding("database", .ok, "MongoDB \(version)")
                : Finding("database", .wrong, "MongoDB \(version) is too old", remedy: "Use MongoDB 6.0 or newer.")
        ]
        if let name = hello["setName"]?.stringValue {
            findings.append(Finding("replica set", .ok, name))
        } else {
            findings.append(
                Finding(
                    "replica set", .wrong, "the server stands alone, so nothing can be written atomically",
                    remedy: "Start mongod with --replSet rs0, then run “omnify database init”."))
        }
        if let theirs = hello["localTime"]?.dateValue {
            let skew = abs(theirs.timeIntervalSince(before))
            findings.append(
                skew < 5
                    ? Finding("clock", .ok, "within \(Int(skew.rounded(.up))) s of the database")
                    : Finding(
                        "clock", .warning, "\(Int(skew)) s away from the database's",
                        remedy: "Let both machines keep time with NTP (timedatectl set-ntp true)."))
        }
        return findings
    }

    static func schema(_ migrator: Migrator) async throws -> [Finding] {
        let pending = try await migrator.pendingCount()
        guard pending == 0 else {
            return [
                Finding(
                    "migrations", .wrong, "\(pending) not applied",
                    remedy: "Run “omnify migrate plan” to see them and “omnify migrate up” to apply them.")
            ]
        }
        let differences = try await DeclaredSchema.differences(in: migrator.database)
        return [
            Finding("migrations", .ok, "all applied"),
            differences.isEmpty
                ? Finding("schema", .ok, "\(DeclaredSchema.collections.count) collections are as declared")
                : Finding(
                    "schema", .wrong, differences.joined(separator: "; "),
                    remedy: "Somebody changed the database by hand: run “omnify migrate repair”."),
        ]
    }

    private func port() -> Finding {
        let check = PortCheck(host: config.host, port: config.port)
        switch check.find() {
        case .free: return Finding("port", .ok, "\(config.port) is free")
        case .ours: return Finding("port", .ok, "\(config.port) is served by this program")
        default: return Finding("port", .wrong, check.obstacle())
        }
    }

    private func folder() -> Finding {
        let obstacle = DataFolder(path: config.dataDirectory).obstacle()
        return obstacle == nil
            ? Finding("data folder", .ok, config.dataDirectory) : Finding("data folder", .wrong, obstacle)
    }

    /// Signs in to the mail server, and sends nothing.
    private func mail() async -> Finding {
        guard let smtp = config.smtp else {
            return Finding("mail", .ok, "no mail server is set: alerts show on pages, and their mails wait")
        }
        do {
            try await SMTPClient(smtp).probe()
            return Finding("mail", .ok, "\(smtp.host):\(smtp.port) takes mails from \(smtp.from.email)")
        } catch {
            let word = (error as? MailFault)?.word ?? "unreachable"
            return Finding(
                "mail", .wrong, "\(smtp.host):\(smtp.port) does not take our mails (\(word))",
                remedy: "Check the OMNIFY_SMTP_ settings: host, port, security, user and password.")
        }
    }

    private func disk() -> Finding {
        guard let free = DataFolder(path: config.dataDirectory).free() else {
            return Finding("disk", .warning, "free space unknown")
        }
        let gigabytes = Double(free) / 1e9
        let words = String(format: "%.1f GB free", gigabytes)
        if gigabytes < 1 {
            return Finding("disk", .wrong, words, remedy: "Free some space: writes will soon fail.")
        }
        return Finding("disk", gigabytes < 5 ? .warning : .ok, words)
    }
}
