/// What counts as somebody being there: an order, or, only where an organization has no orders at all, engagement.
public enum QualifyingEvent: String, Sendable, Codable {
    case order
    /// Clicks, views, carts, forms, logins, replies and meetings. Opens never count: machines make them, too.
    case engagement
}
