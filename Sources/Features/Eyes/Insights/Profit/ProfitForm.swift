import Foundation
import Web

/// The slider's fields as they stand in the address or in the form that keeps them: money in whole units, shares in
/// percent.
struct ProfitForm: Sendable, Equatable {
    var choice: ProfitChoice
    /// How many to write to; nil for the best cut.
    var cut: Int?
    /// Whether something was entered that differs from what is kept.
    var isChanged = false
    var errors = FieldErrors()
    /// What was entered and cannot be used, by field: it stands there again to be corrected.
    private(set) var refused: [String: String] = [:]

    static let names = ["cost", "success", "margin", "value", "cut"]

    /// - Parameters:
    ///   - field: the raw text of a field; nil where it was not sent.
    ///   - kept: what the organization keeps; stands in for what is missing or cannot be read.
    init(_ field: (String) -> String?, kept: ProfitChoice, currency: String) {
        choice = kept
        let perUnit = CurrencyDigits.minorPerUnit(currency)
        var errors = FieldErrors()
        var refused: [String: String] = [:]
        func number(_ name: String, _ range: ClosedRange<Double>) -> Double? {
            guard let text = field(name)?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
            guard let number = Double(text.replacingOccurrences(of: ",", with: ".")), range.contains(number) else {
                errors.add(name, "range", key: "eyes.profit.error.\(name)")
                refused[name] = text
                return nil
            }
            return number
        }
        if let cost = number("cost", 0...1_000_000) { choice.contactCostMinor = Int64((cost * perUnit).rounded()) }
        if let success = number("success", 0...100) { choice.successRate = success / 100 }
        if let margin = number("margin", 0...100) { choice.margin = margin / 100 }
        if field("value") != nil {
            choice.fixedValueMinor = number("value", 0...1_000_000_000).map { Int64(($0 * perUnit).rounded()) }
        }
        cut = number("cut", 0...100_000_000).map { Int($0) }
        self.errors = errors
        self.refused = refused
        isChanged = choice != kept
    }

    /// The values in use, as the fields show them.
    func text(_ name: String, currency: String) -> String {
        let perUnit = CurrencyDigits.minorPerUnit(currency)
        switch name {
        case "cost": return Self.plain(Double(choice.contactCostMinor) / perUnit)
        case "success": return Self.plain(choice.successRate * 100)
        case "margin": return Self.plain(choice.margin * 100)
        case "value": return choice.fixedValueMinor.map { Self.plain(Double($0) / perUnit) } ?? ""
        default: return cut.map(String.init) ?? ""
        }
    }

    /// The part of an address that asks for the same: "&cost=2&success=10…". Empty where nothing differs.
    func query(currency: String, cut: Int?) -> String {
        var parts: [String] = []
        if isChanged {
            parts = ["cost", "success", "margin", "value"].map { "\($0)=\(text($0, currency: currency))" }
        }
        if let cut { parts.append("cut=\(cut)") }
        return parts.map { "&" + $0 }.joined()
    }

    private static func plain(_ value: Double) -> String {
        let rounded = (value * 1_000).rounded() / 1_000
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
