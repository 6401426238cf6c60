import Customers
import Foundation
import Web

/// Money as vendors write it, in minor units of its currency.
public enum Amount {
    /// `"12.34"`, `12.34` or `12` in major units; nil for what is no number. Never through binary fractions when
    /// the vendor sent a text.
    public static func major(_ value: JSONValue?, _ currency: String) -> Int64? {
        switch value {
        case .string(let text): minor(text, exponent: CurrencyCode.exponent(currency))
        case .int(let number): number * power(CurrencyCode.exponent(currency))
        case .double(let number): rounded(number * Double(power(CurrencyCode.exponent(currency))))
        default: nil
        }
    }

    /// Minor units, also as a text.
    public static func minor(_ value: JSONValue?) -> Int64? { value?.whole }

    /// Millionths of the major unit (Google Ads).
    public static func micros(_ value: JSONValue?, _ currency: String) -> Int64? {
        value?.number.flatMap { rounded($0 / 1e6 * Double(power(CurrencyCode.exponent(currency)))) }
    }

    /// Reads digits exactly; further decimals than the currency has are rounded half away from zero.
    static func minor(_ text: String, exponent: Int) -> Int64? {
        var digits: Int64 = 0
        var decimals = 0
        var seenPoint = false
        var seenDigit = false
        var roundUp = false
        let isNegative = text.hasPrefix("-")
        for byte in text.utf8.dropFirst(isNegative || text.hasPrefix("+") ? 1 : 0) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                seenDigit = true
                let digit = Int64(byte - UInt8(ascii: "0"))
                if seenPoint, decimals >= exponent {
                    if decimals == exponent { roundUp = digit >= 5 }
                    decimals += 1
                    continue
                }
                let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
                guard !overflow, product <= Int64.max - digit else { return nil }
                digits = product + digit
                if seenPoint { decimals += 1 }
            case UInt8(ascii: ".") where !seenPoint: seenPoint = true
            case UInt8(ascii: ",") where !seenPoint: continue
            default: return nil
            }
        }
        guard seenDigit else { return nil }
        let scaled = digits.multipliedReportingOverflow(by: power(max(0, exponent - decimals)))
        guard !scaled.overflow else { return nil }
        let amount = scaled.partialValue + (roundUp ? 1 : 0)
        return isNegative ? -amount : amount
    }

    /// Minor units as a vendor's decimal number, for what is written back.
    public static func number(_ minor: Int64, _ currency: String) -> JSONValue {
        let unit = power(CurrencyCode.exponent(currency))
        return minor % unit == 0 ? .int(minor / unit) : .double(Double(minor) / Double(unit))
    }

    private static func rounded(_ number: Double) -> Int64? {
        abs(number) < 9e15 ? Int64(number.rounded(.toNearestOrAwayFromZero)) : nil
    }

    private static func power(_ exponent: Int) -> Int64 {
        var result: Int64 = 1
        for _ in 0..<exponent { result *= 10 }
        return result
    }
}
