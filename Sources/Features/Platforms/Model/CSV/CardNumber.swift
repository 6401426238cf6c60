/// Recognises payment card numbers, which are never stored: right length and issuer, and the Luhn check digit
/// (ISO/IEC 7812-1). Issuers are looked at because one plain number in ten passes Luhn by chance.
public enum CardNumber {
    public static func matches(_ field: ArraySlice<UInt8>) -> Bool {
        guard 13...40 ~= field.count else { return false }
        var digits: [UInt8] = []
        for byte in field {
            switch byte {
            case 0x30...0x39: digits.append(byte - 0x30)
            case 0x20, 0x2D: continue
            default: return false
            }
            if digits.count > 19 { return false }
        }
        return digits.count >= 13 && hasIssuer(digits) && passesLuhn(digits)
    }

    private static func hasIssuer(_ digits: [UInt8]) -> Bool {
        let head = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
        switch head {
        case 4000...4999: return [13, 16, 19].contains(digits.count)
        case 5100...5599, 2221...2720, 3528...3589: return digits.count == 16
        case 3400...3499, 3700...3799: return digits.count == 15
        case 3000...3059, 3600...3699, 3800...3999: return digits.count == 14
        case 6011, 6440...6599: return digits.count == 16
        case 6200...6299: return digits.count >= 16
        default: return false
        }
    }

    private static func passesLuhn(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let doubled = Int(digit) * (place % 2 == 0 ? 1 : 2)
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum % 10 == 0
    }
}
