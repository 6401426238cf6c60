import Foundation
import Vault

/// Prints what the doctor found.
public enum DoctorReport {
    /// - Returns: false where something is wrong.
    public static func print(_ config: AppConfig, asJSON: Bool) async throws -> Bool {
        let findings = try await Base.with(config) { base in
            await Doctor(config: config, client: base.client, migrator: base.migrator, clock: .system).examine()
        }
        Swift.print(asJSON ? try json(findings) : findings.map(line).joined(separator: "\n"))
        return !findings.contains { $0.verdict == .wrong }
    }

    private static func line(_ finding: Doctor.Finding) -> String {
        let mark =
            switch finding.verdict {
            case .ok: "ok     "
            case .warning: "warning"
            case .wrong: "WRONG  "
            }
        let remedy = finding.remedy.map { "\n         → \($0)" } ?? ""
        return "\(mark)  \(finding.subject): \(finding.words)\(remedy)"
    }

    private static func json(_ findings: [Doctor.Finding]) throws -> String {
        let rows = findings.map { finding in
            [
                "subject": finding.subject, "verdict": finding.verdict.rawValue, "words": finding.words,
                "remedy": finding.remedy ?? "",
            ]
        }
        let data = try JSONSerialization.data(withJSONObject: rows, options: [.prettyPrinted, .sortedKeys])
        return String(decoding: data, as: UTF8.self)
    }
}
