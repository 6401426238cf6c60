/// ISO 4217: how many decimals a currency's minor unit has.
public enum CurrencyCode {
    public static func exponent(_ code: String) -> Int {
        if withoutMinorUnit.contains(code) { return 0 }
        return withThousandths.contains(code) ? 3 : 2
    }

    /// Three capital letters. Whether the currency exists is the business of whoever has a list of rates.
    public static func isPlausible(_ code: String) -> Bool {
        code.utf8.count == 3 && code.utf8.allSatisfy { 0x41...0x5A ~= $0 }
    }

    private static let withoutMinorUnit: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
    ]
    private static let withThousandths: Set<String> = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
}
