import Customers
import Foundation
import Records
import Web

extension MappingContext {
    /// Whether this is the last reading of a day: it is at least so many days old.
    func isFinal(_ day: Day, afterDays days: Int) -> Bool {
        day <= VendorTime.day(VendorTime.day(fetchedAt, in: timeZone), plus: -days)
    }

    /// A moment written without a zone, in the account's zone.
    func zonedTime(_ value: JSONValue?) -> Date? {
        guard let plain = value?.time else { return nil }
        guard let zone = TimeZone(identifier: timeZone) else { return plain }
        let guess = plain.addingTimeInterval(-Double(zone.secondsFromGMT(for: plain)))
        return plain.addingTimeInterval(-Double(zone.secondsFromGMT(for: guess)))
    }
}

extension Amount {
    /// Millionths of the major unit, for vendors that take budgets so.
    static func micros(minor: Int64, _ currency: String) -> Int64 {
        var factor: Int64 = 1
        for _ in CurrencyCode.exponent(currency)..<6 { factor *= 10 }
        return minor * factor
    }

    /// `"12.34"`, for vendors that take amounts as a decimal text.
    static func decimalText(minor: Int64, _ currency: String) -> String {
        let exponent = CurrencyCode.exponent(currency)
        guard exponent > 0 else { return String(minor) }
        let digits = String(minor.magnitude)
        let padded = String(repeating: "0", count: max(0, exponent + 1 - digits.count)) + digits
        return (minor < 0 ? "-" : "") + padded.dropLast(exponent) + "." + padded.suffix(exponent)
    }
}
