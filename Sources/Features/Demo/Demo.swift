import Accounts
import Customers
import Tenancy

/// The demo organization: a made-up shop to look around in, marked as such on every page, removed without a trace.
public enum Demo {
    public static let organizationName = "Juniper Lane"
    public static let personName = "Demo visitor"
    /// In a domain reserved for examples: no mail ever goes there.
    public static let personEmail = "visitor@example.com"
    public static let connectionLabel = SourceName.demo
    /// Stands in the place of an import's id in the rows of the demo.
    static let importID = "imp_demo"

    /// It owns no collections: it writes through the features whose rows it fills.
    public static let collections: [CollectionSpec] = []
}
