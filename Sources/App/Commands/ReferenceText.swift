import Foundation

/// Texts about the program itself, made without a database.
public enum ReferenceText {
    /// Every setting with its value in the present environment; secrets are masked.
    public static func settings() -> String {
        let environment = ProcessInfo.processInfo.environment
        return ConfigurationKey.all.map { key in
            let file = environment[key.variable + "_FILE"].map { "from file \($0)" }
            let value = environment[key.variable].map { key.isSecret ? "***" : $0 }
            return "\(key.variable) = \(value ?? file ?? "(\(key.defaultValue))")\n    \(key.summary)"
        }.joined(separator: "\n")
    }
}
