/// Why our figure and a source's differ. What none of these accounts for is unexplained.
public enum GapCause: String, Sendable, Codable, CaseIterable {
    /// The day ends at another moment there.
    case timeZone = "time_zone"
    /// A refund stands on the day it was made, not on the day of its order.
    case refundDate = "refund_date"
    /// Tests, drafts and cancelled orders count on one side only.
    case testOrder = "test_order"
    /// Gone at the source, or gone here and still counted there.
    case deletedAtSource = "deleted_at_source"
    /// Known on one side only, because it came after the other side was read.
    case lateData = "late_data"
    /// Converted there, at a rate we do not have or do not share.
    case currency
    /// The amount was changed after the order was placed.
    case orderEdit = "order_edit"
}
