import Foundation
import Logging
import Mail
import Vault

/// Everything that is decided outside the program, read once at the start and then passed on as values.
///
/// Each key is documented in ``ConfigurationKey/all``. All problems are reported together.
public struct AppConfig: Sendable {
    public enum Environment: String, CaseIterable, Sendable { case development, test, production }
    public enum RegistrationMode: String, CaseIterable, Sendable { case instant, closed }

    public struct Limits: Sendable {
        public var authPerMinute = 5
        public var authPerHour = 20
        public var userPerMinute = 120
        public var uploadBytes = 1 << 30
    }

    public var environment: Environment
    public var host: String
    public var port: Int
    public var publicURL: String
    public var trustedProxies: Int
    public var logLevel: Logger.Level
    /// Folder that holds Templates, Public, Locales and migrations.
    public var home: String
    public var dataDirectory: String
    public var mongoURL: String
    public var mongoDatabase: String
    public var mongoThreads: Int?
    public var migrateOnStart: Bool
    public var masterKeys: SecretValue
    public var metricsToken: SecretValue?
    public var registrationMode: RegistrationMode
    public var runsWorker: Bool
    public var workers: Int
    /// Connections that are read at the same time.
    public var syncs: Int
    public var limits: Limits
    public var corsOrigins: [String]
    /// The operator's settings of platforms, by platform and name.
    public var platforms: [String: [String: String]]
    /// Whether stand-ins for all platforms run beside the service, for whoever has no account anywhere.
    public var runsVendorServers: Bool
    public var vendorCompany: VendorCompany
    /// The mail server; nil leaves mails waiting.
    public var smtp: SMTPConfiguration?

    /// - Throws: ``ConfigurationProblems`` naming every key that is wrong.
    public init(environment variables: [String: String] = ProcessInfo.processInfo.environment) throws {
        var source = ConfigurationSource(environment: variables)
        environment = source.choice("ENV", default: .development)
        host = source.string("HOST") ?? "127.0.0.1"
        port = source.integer("PORT", default: 8080, in: 0...65535)
        publicURL = source.string("PUBLIC_URL") ?? "http://localhost:\(port)"
        trustedProxies = source.integer("TRUSTED_PROXIES", default: 0, in: 0...10)
        logLevel = source.choice("LOG_LEVEL", default: .info)
        home = source.string("HOME") ?? Self.findHome()
        dataDirectory = source.string("DATA_DIR") ?? home + "/.data"
        mongoURL = source.string("MONGO_URL") ?? "mongodb://127.0.0.1:27017/?replicaSet=rs0"
        mongoDatabase = source.string("MONGO_DB") ?? "omnify"
        mongoThreads = source.string("MONGO_THREADS").map { _ in
            source.integer("MONGO_THREADS", default: 8, in: 1...256)
        }
        migrateOnStart = source.flag("MIGRATE_ON_START", default: false)
        masterKeys = SecretValue(source.string("MASTER_KEYS") ?? "")
        metricsToken = source.string("METRICS_TOKEN").map { SecretValue($0) }
        registrationMode = source.choice("REGISTRATION_MODE", default: .instant)
        runsWorker = source.flag("WORKER", default: true)
        workers = source.integer("WORKERS", default: 2, in: 1...64)
        syncs = source.integer("SYNCS", default: 8, in: 1...64)
        limits = Limits(
            authPerMinute: source.integer("AUTH_PER_MINUTE", default: 5, in: 1...1_000_000),
            authPerHour: source.integer("AUTH_PER_HOUR", default: 20, in: 1...10_000_000),
            userPerMinute: source.integer("USER_PER_MINUTE", default: 120, in: 0...10_000_000),
            uploadBytes: source.integer("UPLOAD_MAX", default: 1 << 30, in: 1024...(1 << 34))
        )
        corsOrigins = (source.string("CORS_ORIGINS") ?? "").split(separator: ",").map { String($0) }
        runsVendorServers = source.flag("VENDOR_SERVERS", default: false)
        vendorCompany = source.choice("VENDOR_COMPANY", default: .small)
        smtp = MailConfiguration.read(&source)
        let found = PlatformConfiguration.read(variables)
        platforms = found.settings
        for problem in found.problems { source.report(problem) }
        checkTogether(&source)
        if !source.problems.isEmpty { throw ConfigurationProblems(sentences: source.problems) }
    }

    private func checkTogether(_ source: inout ConfigurationSource) {
        if publicURL.hasSuffix("/") { source.report("OMNIFY_PUBLIC_URL must not end with a slash.") }
        if masterKeys.isEmpty {
            source.report(
                "OMNIFY_MASTER_KEYS is missing: make one with “omnify keys generate”, or use OMNIFY_MASTER_KEYS_FILE.")
        }
        if !FileManager.default.fileExists(atPath: home + "/Templates") {
            source.report("OMNIFY_HOME is \(home), but there is no Templates folder in it.")
        }
        guard environment == .production else { return }
        if !publicURL.hasPrefix("https://") {
            source.report("OMNIFY_PUBLIC_URL must begin with https:// in production.")
        }
        if metricsToken.map({ $0.reveal().count < 16 }) ?? false {
            source.report("OMNIFY_METRICS_TOKEN is shorter than 16 characters.")
        }
        if runsVendorServers { source.report("OMNIFY_VENDOR_SERVERS is not for production.") }
        if corsOrigins.contains("*") { source.report("OMNIFY_CORS_ORIGINS must name origins, not *.") }
    }

    /// The working folder if it holds the templates, else the nearest folder above the program that does.
    private static func findHome() -> String {
        let here = FileManager.default.currentDirectoryPath
        var candidates = [here]
        var folder = URL(fileURLWithPath: CommandLine.arguments.first ?? here).resolvingSymlinksInPath()
        for _ in 0..<5 {
            folder.deleteLastPathComponent()
            candidates.append(folder.path)
        }
        return candidates.first { FileManager.default.fileExists(atPath: $0 + "/Templates") } ?? here
    }
}

/// What is wrong with the settings, a sentence each, all at once.
public struct ConfigurationProblems: Error, CustomStringConvertible {
    public let sentences: [String]
    public var description: String { sentences.joined(separator: "\n") }
}
