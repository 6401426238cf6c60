/// A component whose words all come from its maker, so that it needs no localizer. It can still be asked with one,
/// so that a page need not remember which kind a component is.
public protocol WordlessComponent: Sendable {
    /// The component as markup.
    var html: SafeHTML { get }
}

extension WordlessComponent {
    public func html(_ l: Localizer) -> SafeHTML { html }
}

extension Pill: WordlessComponent {}
extension AsOf: WordlessComponent {}
extension Tiles: WordlessComponent {}
extension QualityBox: WordlessComponent {}
extension EmptyState: WordlessComponent {}
extension Alert: WordlessComponent {}
extension Tabs: WordlessComponent {}
extension Segmented: WordlessComponent {}
extension Crumbs: WordlessComponent {}
extension Terms: WordlessComponent {}
extension Timeline: WordlessComponent {}
extension Meter: WordlessComponent {}
extension Sparkline: WordlessComponent {}

extension Delta {
    public typealias Direction = Way
}

extension DataTable {
    public typealias Column = TableColumn
    public typealias Cell = TableCell
}
