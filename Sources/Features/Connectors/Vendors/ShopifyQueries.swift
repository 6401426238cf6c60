/// What is asked of Shopify's Admin API. Field names are the schema's; page sizes come as variables.
enum ShopifyQueries {
    static let account = """
        { shop { id name myshopifyDomain currencyCode ianaTimezone plan { publicDisplayName } }
          currentAppInstallation { accessScopes { handle } } }
        """

    static let customers = list("customers", sorted: true, customer)
    static let bulkCustomers = ShopifyBulk(root: "customers", query: bulk("customers", customer), children: nil)

    private static let customer = """
        id firstName lastName createdAt updatedAt tags state locale dataSaleOptOut
        defaultEmailAddress { emailAddress marketingState marketingOptInLevel marketingUpdatedAt }
        defaultPhoneNumber { phoneNumber marketingState marketingOptInLevel marketingUpdatedAt marketingCollectedFrom }
        defaultAddress { countryCodeV2 }
        """

    static let products = list(
        "products", sorted: true, "\(product) variants(first: 10) { nodes { \(variant) } \(pageInfo) }")
    static let bulkProducts = ShopifyBulk(
        root: "products", query: bulk("products", "\(product) \(nested("variants", variant))"), children: "variants")

    private static let product = "id title status vendor productType createdAt updatedAt"

    static let orders = list(
        "orders", sorted: true,
        """
        \(order) lineItems(first: \(linesAtOnce)) { nodes { \(line) } \(pageInfo) }
        refunds(first: \(refundsAtOnce)) { \(refund) }
        """)
    static let bulkOrders = ShopifyBulk(
        root: "orders",
        query: bulk("orders", "\(order) refunds(first: 100) { \(refund) } \(nested("lineItems", line))"),
        children: "lineItems")

    private static let order = """
        id name createdAt processedAt updatedAt cancelledAt cancelReason test email customer { id } currencyCode
        displayFinancialStatus displayFulfillmentStatus sourceName
        totalPriceSet { \(money) } totalDiscountsSet { \(money) } totalTaxSet { \(money) }
        totalShippingPriceSet { \(money) } totalRefundedSet { \(money) }
        customerJourneySummary { lastVisit { source utmParameters { source medium campaign } } }
        """

    static let abandonedCheckouts = list(
        "abandonedCheckouts", sorted: false, "id createdAt totalPriceSet { \(money) } customer { id }")

    /// Lines that come with an order; whoever has more is asked again for the rest. Each costs four points, and a page of
    /// orders may cost 1,000.
    static let linesAtOnce = 3

    /// Refunds that come with an order; an order with so many is asked again for all of them.
    static let refundsAtOnce = 5

    static let moreRefunds = "query($id: ID!) { order(id: $id) { refunds(first: 100) { \(refund) } } }"
    static let moreLines = more("order", "lineItems", line)
    static let moreVariants = more("product", "variants", variant)

    /// A report in the shop's own query language.
    static let report = """
        query($query: String!) {
          shopifyqlQuery(query: $query) { tableData { columns { name } rows } parseErrors } }
        """

    static let soldOrders = searched("PROCESSED_AT", "id processedAt cancelledAt test totalPriceSet { \(money) }")
    static let refundedOrders = searched("UPDATED_AT", "id test refunds(first: 20) { \(refund) }")

    static func tags(_ count: Int, adding: Bool) -> String {
        let parameters = (0..<count).map { "$id\($0): ID!" }.joined(separator: ", ")
        let calls = (0..<count).map {
            "c\($0): tags\(adding ? "Add" : "Remove")(id: $id\($0), tags: $tags) { userErrors { field message } }"
        }
        return "mutation($tags: [String!]!, \(parameters)) { \(calls.joined(separator: " ")) }"
    }

    private static let money = "shopMoney { amount currencyCode }"
    private static let pageInfo = "pageInfo { hasNextPage endCursor }"
    private static let refund = "id createdAt totalRefundedSet { \(money) }"
    private static let line = "quantity product { id } discountedTotalSet { \(money) }"
    private static let variant = "id sku price inventoryQuantity inventoryItem { unitCost { amount } }"

    /// Without pages: whoever writes a file writes all of it.
    private static func bulk(_ root: String, _ fields: String) -> String { "{ \(nested(root, fields)) }" }

    private static func nested(_ root: String, _ fields: String) -> String {
        "\(root) { edges { node { \(fields) } } }"
    }

    private static func list(_ root: String, sorted: Bool, _ fields: String) -> String {
        sorted
            ? """
            query($first: Int!, $after: String, $query: String) {
              \(root)(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
                nodes { \(fields) } \(pageInfo) } }
            """
            : """
            query($first: Int!, $after: String) {
              \(root)(first: $first, after: $after) { nodes { \(fields) } \(pageInfo) } }
            """
    }

    private static func searched(_ order: String, _ fields: String) -> String {
        """
        query($first: Int!, $after: String, $query: String) {
          orders(first: $first, after: $after, query: $query, sortKey: \(order)) {
            nodes { \(fields) } \(pageInfo) } }
        """
    }

    private static func more(_ root: String, _ list: String, _ fields: String) -> String {
        """
        query($id: ID!, $after: String) {
          \(root)(id: $id) { \(list)(first: 100, after: $after) { nodes { \(fields) } \(pageInfo) } } }
        """
    }
}
