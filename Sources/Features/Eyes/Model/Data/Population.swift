/// Who is who at a cut-off.
///
/// A cut-off T is the first instant of a local day. Windows are whole local days: [T − n, T) looks back and [T, T + n)
/// looks ahead, so that every order lies on exactly one side.
enum Population {
    /// Customers with at least one order in [T − window, T), as indexes into the snapshot, ascending.
    static func active(_ snapshot: Snapshot, at cutOff: Int, window: Int) -> [Int] {
        snapshot.customers.indices.filter { customer in
            guard let last = snapshot.orders(of: customer, before: cutOff).last else { return false }
            return Int(last.day) >= cutOff - window
        }
    }

    /// True where no order follows in [T, T + days).
    static func churned(_ snapshot: Snapshot, customers: [Int], at cutOff: Int, days: Int) -> [Bool] {
        customers.map { customer in
            !snapshot.orders(of: customer).contains { Int($0.day) >= cutOff && Int($0.day) < cutOff + days }
        }
    }

    /// Everyone by standing at a cut-off.
    static func counts(_ snapshot: Snapshot, at cutOff: Int, config: EyesConfig) -> PopulationCounts {
        var counts = PopulationCounts(used: snapshot.customers.count)
        for customer in snapshot.customers.indices {
            guard let last = snapshot.orders(of: customer, before: cutOff).last else {
                counts.noActivity += 1
                continue
            }
            let age = cutOff - Int(last.day)
            if age > config.buyersWindowDays {
                counts.gone += 1
            } else {
                counts.buyers += 1
                if age > config.activeWindowDays { counts.lapsed += 1 } else { counts.active += 1 }
            }
        }
        return counts
    }
}

/// How many customers stand where. used = buyers + gone + noActivity, buyers = active + lapsed.
public struct PopulationCounts: Sendable, Codable, Equatable {
    public var used: Int
    public var buyers = 0
    public var active = 0
    public var lapsed = 0
    public var gone = 0
    public var noActivity = 0

    init(used: Int) { self.used = used }

    enum CodingKeys: String, CodingKey {
        case used, buyers, active, lapsed, gone
        case noActivity = "no_activity"
    }
}
