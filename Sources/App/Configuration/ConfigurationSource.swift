import Configuration
import Foundation

/// The raw values of one start: environment variables, secrets read from `…_FILE`, and what is wrong with them.
struct ConfigurationSource {
    private let reader: ConfigReader
    private var secrets: [String: String] = [:]
    private(set) var problems: [String] = []

    init(environment: [String: String]) {
        reader = ConfigReader(
            provider: EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty }))
        checkNames(environment.keys)
        readSecretFiles(environment)
    }

    /// The text of a key, or nil where it is not set.
    func string(_ name: String) -> String? {
        let variable = "OMNIFY_" + name
        return secrets[variable]
            ?? reader.string(forKey: ConfigKey(variable.lowercased().split(separator: "_").map(String.init)))
    }

    mutating func integer(_ name: String, default value: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = string(name) else { return value }
        guard let number = Int(text), range.contains(number) else {
            problems.append(
                "OMNIFY_\(name) is “\(text)” but must be a whole number from \(range.lowerBound) to \(range.upperBound)."
            )
            return value
        }
        return number
    }

    mutating func flag(_ name: String, default value: Bool) -> Bool {
        guard let text = string(name) else { return value }
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default:
            problems.append("OMNIFY_\(name) is “\(text)” but must be true or false.")
            return value
        }
    }

    mutating func choice<T: RawRepresentable & CaseIterable>(_ name: String, default value: T) -> T
    where T.RawValue == String {
        guard let text = string(name) else { return value }
        guard let chosen = T(rawValue: text) else {
            let known = T.allCases.map(\.rawValue).joined(separator: ", ")
            problems.append("OMNIFY_\(name) is “\(text)” but must be one of \(known).")
            return value
        }
        return chosen
    }

    mutating func report(_ problem: String) {
        problems.append(problem)
    }

    private mutating func checkNames(_ names: some Sequence<String>) {
        let known = Set(
            ConfigurationKey.all.flatMap { $0.isSecret ? [$0.variable, $0.variable + "_FILE"] : [$0.variable] }
        )
        .union(ConfigurationKey.ofScripts)
        for name in names.sorted()
        where name.hasPrefix("OMNIFY_") && !known.contains(name) && !name.hasPrefix(PlatformConfiguration.prefix) {
            let nearest = known.min { ($0.editDistance(to: name), $0) < ($1.editDistance(to: name), $1) } ?? ""
            problems.append("\(name) is not a setting; did you mean \(nearest)?")
        }
    }

    private mutating func readSecretFiles(_ environment: [String: String]) {
        for key in ConfigurationKey.all where key.isSecret {
            guard let path = environment[key.variable + "_FILE"], !path.isEmpty else { continue }
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                problems.append("\(key.variable)_FILE names \(path), which cannot be read.")
                continue
            }
            secrets[key.variable] = text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}

extension String {
    /// Levenshtein distance, to name the setting that a misspelt one was meant to be.
    func editDistance(to other: String) -> Int {
        let target = Array(other.utf8)
        var row = Array(0...target.count)
        for (i, byte) in self.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, wanted) in target.enumerated() {
                let substitution = diagonal + (byte == wanted ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[target.count]
    }
}
