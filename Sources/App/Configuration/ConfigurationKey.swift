/// One setting of the service: its name, what it is for and what it is without being set.
///
/// The table of all keys is the only place that names them; the documentation, the reader and the
/// check for misspelt names are made from it.
public struct ConfigurationKey: Sendable {
    /// The name in the environment, for example `OMNIFY_PORT`.
    public let variable: String
    /// The value where none is set, in words where it depends on something.
    public let defaultValue: String
    public let summary: String
    /// A secret may also come from a file named by `…_FILE`, and is never printed.
    public let isSecret: Bool

    init(_ name: String, default defaultValue: String, _ summary: String, secret: Bool = false) {
        variable = "OMNIFY_" + name
        self.defaultValue = defaultValue
        self.summary = summary
        isSecret = secret
    }

    public static let all: [ConfigurationKey] = [
        .init("ENV", default: "development", "development, test or production; production refuses weak settings"),
        .init("HOST", default: "127.0.0.1", "address to listen on"),
        .init("PORT", default: "8080", "port to listen on, 0 for any free one"),
        .init("PUBLIC_URL", default: "http://localhost:PORT", "origin that browsers use; checked on every form"),
        .init("TRUSTED_PROXIES", default: "0", "number of proxies in front whose client address is believed"),
        .init("LOG_LEVEL", default: "info", "trace, debug, info, notice, warning, error or critical"),
        .init("HOME", default: "the folder that holds Templates", "folder of Templates, Public, Locales, migrations"),
        .init("DATA_DIR", default: ".data under HOME", "folder for uploads that are being read"),
        .init("MONGO_URL", default: "mongodb://127.0.0.1:27017/?replicaSet=rs0", "database to use", secret: true),
        .init("MONGO_DB", default: "omnify", "name of the database"),
        .init("MONGO_THREADS", default: "4 per core, 8 to 32", "threads that talk to the database"),
        .init("MIGRATE_ON_START", default: "false", "apply pending migrations when serving"),
        .init("MASTER_KEYS", default: "none", "id:base64 of 32 bytes, comma-separated, first one active", secret: true),
        .init(
            "METRICS_TOKEN", default: "none", "bearer token for /metrics; without it only loopback may read",
            secret: true),
        .init("REGISTRATION_MODE", default: "instant", "instant or closed"),
        .init("WORKER", default: "true", "run jobs in the serving process too"),
        .init("WORKERS", default: "2", "jobs that run at the same time in one process"),
        .init("SYNCS", default: "8", "connections that one process reads at the same time"),
        .init("AUTH_PER_MINUTE", default: "5", "sign-in tries per address and per account in a minute"),
        .init("AUTH_PER_HOUR", default: "20", "sign-in tries per address and per account in an hour"),
        .init("USER_PER_MINUTE", default: "120", "requests of one person in a minute, 0 for no limit"),
        .init("UPLOAD_MAX", default: "1073741824", "largest upload in bytes"),
        .init("CORS_ORIGINS", default: "none", "origins that may call the API from a browser, comma-separated"),
        .init("SMTP_HOST", default: "none", "mail server; without one mails wait and the pages say so"),
        .init("SMTP_PORT", default: "587, 465 for tls, 25 for none", "port of the mail server"),
        .init("SMTP_SECURITY", default: "starttls", "starttls, tls or none"),
        .init("SMTP_USER", default: "none", "name to sign in to the mail server with"),
        .init("SMTP_PASSWORD", default: "none", "password for it", secret: true),
        .init("SMTP_FROM", default: "none", "address that mails come from; needed with SMTP_HOST"),
        .init("SMTP_AUTHORITY", default: "the system's", "PEM file with the authority of the server's certificate"),
        .init("VENDOR_SERVERS", default: "false", "run stand-ins for all platforms; not in production"),
        .init("VENDOR_COMPANY", default: "small", "the company they show: small, or large (enough for EYES)"),
    ]

    /// Variables that only the scripts read; they are no typing mistakes.
    static let ofScripts: Set<String> = [
        "OMNIFY_CACHE", "OMNIFY_MONGOD", "OMNIFY_MONGO_PORT", "OMNIFY_MONGO_CACHE_GB", "OMNIFY_TESTS",
        "OMNIFY_TEST_MONGO_URL", "OMNIFY_BINARY", "OMNIFY_KEEP",
    ]
}
