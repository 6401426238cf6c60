import Foundation
import Logging
import Synchronization
import Testing

@testable import Telemetry

/// Keeps what was logged.
private final class Recorder: Sendable {
    let lines = Mutex<[[UInt8]]>([])
    var sink: LogSink { LogSink { line in self.lines.withLock { $0.append(line) } } }

    func objects() throws -> [[String: Any]] {
        try lines.withLock { $0 }.map { line in
            #expect(line.last == 10)
            #expect(!line.dropLast().contains(10))
            return try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        }
    }
}

private struct Hidden: CustomStringConvertible { var description: String { "***" } }

@Suite("JSON logs")
struct LogTests {
    private func logger(_ recorder: Recorder, secrets: [String] = []) -> Logger {
        Logger(label: "test") { label in
            JSONLogHandler(label: label, sink: recorder.sink, redaction: LogRedaction(secrets: secrets))
        }
    }

    @Test("a line is one JSON object with time, level, message and metadata")
    func shape() throws {
        let recorder = Recorder()
        logger(recorder).info(
            "served", metadata: ["request_id": "r1", "ms": .stringConvertible(12), "ok": .stringConvertible(true)])
        let object = try #require(try recorder.objects().first)
        #expect(object["level"] as? String == "info")
        #expect(object["msg"] as? String == "served")
        #expect(object["request_id"] as? String == "r1")
        #expect(object["ms"] as? Int == 12)
        #expect(object["ok"] as? Bool == true)
        let ts = try #require(object["ts"] as? String)
        #expect(ts.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        let parsed = try Date(ts, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        #expect(abs(parsed.timeIntervalSinceNow) < 60)
    }

    @Test(
        "values under telling keys are not shown, whatever their spelling",
        arguments: [
            "password", "Password", "new_password", "authorization", "Cookie", "api_key", "API-Key", "refreshToken",
            "client_secret", "email", "user_email", "session_id", "phone",
        ])
    func keys(key: String) throws {
        let recorder = Recorder()
        logger(recorder).info(
            "x", metadata: [key: "planted-secret", "nested": ["deep": [.dictionary([key: "planted-secret"])]]])
        let text = recorder.lines.withLock { String(decoding: $0[0], as: UTF8.self) }
        #expect(!text.contains("planted-secret"))
        #expect(text.contains("***"))
    }

    @Test("ids stay readable")
    func ids() throws {
        let recorder = Recorder()
        logger(recorder).info("x", metadata: ["organization_id": "org_1", "user_id": "usr_1", "request_id": "r1"])
        let object = try #require(try recorder.objects().first)
        #expect(object["organization_id"] as? String == "org_1")
        #expect(object["user_id"] as? String == "usr_1")
    }

    @Test("known secrets are masked inside any text")
    func secrets() throws {
        let recorder = Recorder()
        logger(recorder, secrets: ["s3cr3t-value", "a"]).error(
            "failed at mongodb://u:s3cr3t-value@h", metadata: ["url": "x s3cr3t-value y s3cr3t-value"])
        let text = recorder.lines.withLock { String(decoding: $0[0], as: UTF8.self) }
        #expect(!text.contains("s3cr3t-value"))
        #expect(text.contains("failed"))
    }

    @Test("a value that prints as *** is not looked behind")
    func hidden() throws {
        let recorder = Recorder()
        logger(recorder).info("x", metadata: ["key_ring": .stringConvertible(Hidden())])
        #expect(try recorder.objects()[0]["key_ring"] as? String == "***")
    }

    @Test("nothing in a message or value can forge a line or break the JSON")
    func injection() throws {
        let recorder = Recorder()
        let evil = "a\",\"level\":\"error\"}\n{\"msg\":\"forged\u{2028}\u{0}\u{1B}[31m\\"
        logger(recorder).info(
            "\(evil)", metadata: ["\(evil)": "\(evil)", "level": "fake", "msg": "fake", "ts": "fake"])
        let objects = try recorder.objects()
        #expect(objects.count == 1)
        #expect(objects[0]["level"] as? String == "info")
        #expect(objects[0]["msg"] as? String == evil)
        #expect(objects[0]["meta_level"] as? String == "fake")
    }

    @Test("a huge value is cut")
    func huge() throws {
        let recorder = Recorder()
        logger(recorder).info("x", metadata: ["body": "\(String(repeating: "é", count: 100_000))"])
        #expect(try recorder.objects().count == 1)
        #expect(recorder.lines.withLock { $0[0].count } < 40_000)
    }

    @Test("below the level nothing is formatted")
    func lazy() {
        let recorder = Recorder()
        var formatted = false
        func expensive() -> String {
            formatted = true
            return "x"
        }
        logger(recorder).debug("\(expensive())")
        #expect(!formatted)
        #expect(recorder.lines.withLock { $0.isEmpty })
    }
}
