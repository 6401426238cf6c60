/// A title and where it leads; what buttons and links of the components are made from.
public struct Link: Sendable, Equatable {
    public let title: String
    public let href: String

    public init(_ title: String, _ href: String) {
        self.title = title
        self.href = href
    }

    /// The link as a button of the given class; text alone if the address could run a script.
    func write(class name: String, to html: inout HTMLWriter) {
        html.link(href, text: title, class: name)
    }
}
