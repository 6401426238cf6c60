extension VendorWorld {
    /// The number of the person with this address.
    func number(of email: String) -> Int? {
        let number = email.split(separator: "@").first?.split(separator: ".").last.flatMap { Int($0) } ?? -1
        return (0..<company.size.customers).contains(number) ? number : nil
    }

    func isCustomer(_ number: Int?) -> Bool { number.map { (0..<company.size.customers).contains($0) } ?? false }

    func isCampaign(_ number: Int?) -> Bool { number.map { (0..<company.size.campaigns).contains($0) } ?? false }
}
