/// Where a request comes from, as far as sessions and the audit log want to know.
public struct ClientInfo: Sendable, Equatable {
    public let address: String
    public let userAgent: String
    public let requestID: String

    public init(address: String, userAgent: String, requestID: String) {
        self.address = address
        self.userAgent = String(userAgent.prefix(300))
        self.requestID = requestID
    }
}
