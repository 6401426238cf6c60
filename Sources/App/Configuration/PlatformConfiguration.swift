import Connectors
import Foundation

/// The operator's settings of platforms, from `OMNIFY_PLATFORM_<ID>_<SETTING>`: client ids and secrets, addresses,
/// versions, windows. Which settings there are is the connectors' business; a platform nobody knows is reported.
enum PlatformConfiguration {
    static let prefix = "OMNIFY_PLATFORM_"

    /// Settings by platform and name, as `["hubspot": ["client_id": "…"]]`. A name that ends in `_FILE` takes its value
    /// from the file it names.
    static func read(
        _ variables: [String: String], platforms: [String] = Connectors.all.map(\.platform)
    ) -> (settings: [String: [String: String]], problems: [String]) {
        // The longest first, so that no id hides behind the beginning of another.
        let known = platforms.sorted { $0.count > $1.count }
        var settings: [String: [String: String]] = [:]
        var problems: [String] = []
        for (variable, value) in variables.sorted(by: { $0.key < $1.key })
        where variable.hasPrefix(prefix) && !value.isEmpty {
            let rest = variable.dropFirst(prefix.count).lowercased()
            guard let platform = known.first(where: { rest.hasPrefix($0 + "_") }) else {
                let names = platforms.sorted().joined(separator: ", ")
                problems.append("\(variable) names no platform; known are \(names).")
                continue
            }
            let name = String(rest.dropFirst(platform.count + 1))
            guard name.hasSuffix("_file") else {
                settings[platform, default: [:]][name] = value
                continue
            }
            guard let text = try? String(contentsOfFile: value, encoding: .utf8) else {
                problems.append("\(variable) names \(value), which cannot be read.")
                continue
            }
            settings[platform, default: [:]][String(name.dropLast("_file".count))] =
                text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return (settings, problems)
    }

    /// The variable of a setting, for what `omnify vendor-servers` prints.
    static func variable(_ platform: String, _ name: String) -> String {
        prefix + platform.uppercased() + "_" + name.uppercased()
    }
}
