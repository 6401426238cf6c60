/// How a language writes numbers and money. Values as in CLDR 44 for `en` and `es`.
struct NumberStyle: Sendable {
    let group: String
    let decimal: String
    /// Spanish groups only from five digits on.
    let minimumGroupedDigits: Int
    let percentSuffix: String
    /// True if the currency sign stands before the figure without a space.
    let signLeads: Bool

    static let en = NumberStyle(
        group: ",", decimal: ".", minimumGroupedDigits: 4, percentSuffix: "%", signLeads: true)
    static let es = NumberStyle(
        group: ".", decimal: ",", minimumGroupedDigits: 5, percentSuffix: "\u{a0}%", signLeads: false)

    static func of(_ locale: AppLocale) -> NumberStyle {
        switch locale {
        case .en: en
        case .es: es
        }
    }

    func whole(_ value: Int) -> String {
        (value < 0 ? "-" : "") + grouped(String(value.magnitude))
    }

    func decimal(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 9e18 else { return "–" }
        let units = UInt64(scaled)
        let text = fixed(units, digits: digits)
        return value < 0 && units > 0 ? "-" + text : text
    }

    func percent(_ share: Double, digits: Int) -> String {
        guard share.isFinite else { return "–" }
        return decimal(share * 100, digits: digits) + percentSuffix
    }

    func money(_ minor: Int64, _ currency: String, decimals: Bool) -> String {
        let places = Currency.decimals(currency)
        var units = minor.magnitude
        var digits = places
        if !decimals, places > 0 {
            let divisor = NumberStyle.power(places)
            units = units / divisor + (units % divisor * 2 >= divisor ? 1 : 0)
            digits = 0
        }
        let figure = fixed(units, digits: digits)
        let sign = Currency.sign(currency)
        let minus = minor < 0 && units > 0 ? "-" : ""
        guard signLeads else { return minus + figure + "\u{a0}" + sign }
        return minus + sign + (sign.last?.isLetter == true ? "\u{a0}" : "") + figure
    }

    /// Whole units of the last place as text with `digits` decimals.
    private func fixed(_ units: UInt64, digits: Int) -> String {
        guard digits > 0 else { return grouped(String(units)) }
        let divisor = NumberStyle.power(digits)
        let fraction = String(units % divisor)
        return grouped(String(units / divisor)) + decimal + String(repeating: "0", count: digits - fraction.count)
            + fraction
    }

    private func grouped(_ digits: String) -> String {
        let count = digits.utf8.count
        guard count >= minimumGroupedDigits, count > 3 else { return digits }
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (count - index) % 3 == 0 { result += group }
            result.append(digit)
        }
        return result
    }

    private static func power(_ exponent: Int) -> UInt64 {
        (0..<exponent).reduce(1) { value, _ in value * 10 }
    }
}

/// What ISO 4217 says about a currency, and the sign readers know it by.
public enum Currency {
    /// Decimal places of the minor unit.
    public static func decimals(_ code: String) -> Int {
        switch code {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
            "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        default: 2
        }
    }

    /// The sign, or the code where a sign would be ambiguous.
    static func sign(_ code: String) -> String {
        switch code {
        case "USD": "$"
        case "EUR": "€"
        case "GBP": "£"
        case "JPY": "¥"
        case "INR": "₹"
        case "KRW": "₩"
        case "ILS": "₪"
        case "VND": "₫"
        case "UAH": "₴"
        default: code
        }
    }
}
