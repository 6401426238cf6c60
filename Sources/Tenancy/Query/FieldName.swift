/// A field as queries may name it: letters, digits, `_` and dots, beginning with a letter or `_`.
enum FieldName {
    static func check(_ name: String) throws(TenancyError) {
        let bytes = name.utf8
        guard let first = bytes.first, isLetter(first), bytes.allSatisfy({ isLetter($0) || isDigit($0) || $0 == dot }),
            bytes.last != dot
        else { throw .refused("\(name) is not a field name") }
        guard name != Tenancy.organizationField, !name.hasPrefix(Tenancy.organizationField + ".") else {
            throw .refused("organization_id is not the caller's to name")
        }
    }

    private static let dot = UInt8(ascii: ".")

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
