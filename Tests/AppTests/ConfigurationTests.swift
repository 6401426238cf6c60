import Testing

@testable import App

@Suite("Configuration")
struct ConfigurationTests {
    private let good = [
        "OMNIFY_HOME": SourceRoot.path, "OMNIFY_MASTER_KEYS": "k1:" + String(repeating: "A", count: 43),
    ]

    private func problems(_ extra: [String: String]) -> [String] {
        do {
            _ = try AppConfig(environment: good.merging(extra) { $1 })
            return []
        } catch let error as ConfigurationProblems {
            return error.sentences
        } catch {
            return ["\(error)"]
        }
    }

    @Test("what is not set has its documented default")
    func defaults() throws {
        let config = try AppConfig(environment: good)
        #expect(config.port == 8080)
        #expect(config.publicURL == "http://localhost:8080")
        #expect(config.limits.authPerMinute == 5)
        #expect(config.runsWorker)
    }

    @Test("a misspelt setting stops the start and names the nearest one")
    func misspelt() {
        #expect(problems(["OMNIFY_PROT": "1"]) == ["OMNIFY_PROT is not a setting; did you mean OMNIFY_PORT?"])
    }

    @Test("all problems are reported together")
    func together() {
        let sentences = problems(["OMNIFY_PORT": "http", "OMNIFY_LOG_LEVEL": "loud", "OMNIFY_WORKER": "maybe"])
        #expect(sentences.count == 3)
        #expect(sentences.contains { $0.contains("OMNIFY_PORT") && $0.contains("65535") })
        #expect(sentences.contains { $0.contains("trace, debug") })
    }

    @Test("production refuses a plain public address and a missing key")
    func production() {
        var settings = ["OMNIFY_ENV": "production", "OMNIFY_PUBLIC_URL": "http://x.example"]
        #expect(problems(settings).contains { $0.contains("https://") })
        settings["OMNIFY_MASTER_KEYS"] = ""
        #expect(problems(settings).contains { $0.contains("OMNIFY_MASTER_KEYS is missing") })
    }

    @Test("a secret file that cannot be read is named")
    func secretFile() {
        #expect(problems(["OMNIFY_METRICS_TOKEN_FILE": "/nowhere/token"]).contains { $0.contains("/nowhere/token") })
    }

    @Test("secrets do not show in descriptions")
    func masked() throws {
        let config = try AppConfig(environment: good)
        #expect(!"\(config)".contains("AAAA"))
    }
}
