import Web

/// No right: says who has it and who could grant it, inside the organization's frame.
struct ForbiddenPage: Page {
    static let template = "accounts/forbidden"
    static let sample = ForbiddenPage(
        title: "Not open to you", message: "Admins can do this. Ask Ana.", home: "/o/acme/home")

    let title: String
    let message: String
    let home: String

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "message": message
        case "home": home
        default: nil
        }
    }
}
