import Foundation

/// Who buys when.
extension SeededCompany {
    func buyer(order number: Int, at time: Date) -> Int {
        let anybody = Self.pick(number, 12, max(1, size.customers))
        guard size.peopleLapse else { return anybody }
        for attempt in 0..<40 {
            let candidate = Self.pick(number, 120 + UInt64(attempt), max(1, size.customers))
            if isBuying(candidate, at: time, mood: Self.pick(number, 220 + UInt64(attempt), 100)) { return candidate }
        }
        return anybody
    }

    /// From the day they came until the day they stop; between, some are keener than others.
    private func isBuying(_ customer: Int, at time: Date, mood: Int) -> Bool {
        let daysSince = Int(time.timeIntervalSince(moment(customer, of: size.customers)) / 86_400)
        let life = [20, 60, 120, 240, 10_000][Self.pick(customer, 50, 5)] + Self.pick(customer, 51, 30)
        let keenness = [15, 30, 60, 100][Self.pick(customer, 52, 4)]
        return daysSince >= 0 && daysSince <= life && mood < keenness
    }
}
