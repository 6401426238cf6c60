/// Phone numbers in E.164 form, as far as digits and a country allow without a numbering plan.
public enum PhoneNumber {
    /// `+15551234567`; nil when the number could belong to several countries or is none.
    public static func e164(_ text: String, country: String?) -> String? {
        var digits = text.filter { $0.isASCII && $0.isNumber }
        let isInternational = text.drop { $0 == " " || $0 == "(" }.hasPrefix("+") || text.hasPrefix("00")
        if text.hasPrefix("00") { digits = String(digits.dropFirst(2)) }
        if !isInternational {
            guard let code = country.flatMap({ callingCodes[$0.uppercased()] }) else { return nil }
            if digits.hasPrefix("0") { digits = String(digits.dropFirst()) }
            let hasCode = digits.hasPrefix(code) && digits.count > 10
            digits = hasCode ? digits : code + digits
        }
        guard (8...15).contains(digits.count), digits.first != "0" else { return nil }
        return "+" + digits
    }

    private static let callingCodes = [
        "US": "1", "CA": "1", "GB": "44", "ES": "34", "FR": "33", "DE": "49", "MX": "52", "AU": "61", "NL": "31",
        "PT": "351", "IE": "353", "AT": "43", "CH": "41", "BE": "32", "AR": "54", "CL": "56", "CO": "57", "BR": "55",
    ]
}
