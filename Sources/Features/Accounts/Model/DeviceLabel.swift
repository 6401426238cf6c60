/// "Firefox on Linux" from a user agent, for lists of sessions. A hint for the eye, never used to decide anything.
enum DeviceLabel {
    static func text(_ userAgent: String) -> String {
        guard let browser = first(of: browsers, in: userAgent) else {
            return userAgent.split(separator: " ").first.map { String($0.prefix(40)) } ?? "–"
        }
        guard let system = first(of: systems, in: userAgent) else { return browser }
        return browser + " · " + system
    }

    /// Order matters: Edge and Opera call themselves Chrome too, Chrome calls itself Safari.
    private static let browsers = [
        ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]
    private static let systems = [
        ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]

    private static func first(of list: [(String, String)], in text: String) -> String? {
        list.first { text.contains($0.0) }?.1
    }
}
