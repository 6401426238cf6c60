import Mustache

/// A page as a value: flat, display-ready, with a hand-written `child(named:)`. The template only places it.
///
///     struct SegmentsPage: Page {
///         static let template = "eyes/segments"
///         static let sample = SegmentsPage(title: "412 customers at high risk", table: .empty)
///         let title: String
///         let table: SafeHTML
///         func child(named name: String) -> Any? {
///             switch name {
///             case "title": title
///             case "table": table
///             default: nil
///             }
///         }
///     }
public protocol Page: MustacheParent, Sendable {
    /// Name of the template below `Templates/`, without extension.
    static var template: String { get }
    /// A filled page, for the template lint and snapshot tests.
    static var sample: Self { get }
    /// Pages in other states (empty, failed), so that the lint reaches every section. `sample` alone unless said.
    static var samples: [Self] { get }
    /// The answer or name that stands in the title line and the browser's tab.
    var title: String { get }
}

extension Page {
    public static var samples: [Self] { [sample] }
}
