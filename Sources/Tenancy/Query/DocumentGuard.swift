import BSON

/// Looks over documents on their way to the database, on the bytes, without building values.
///
/// Refused are keys that begin with `$` or hold a `.` at any depth (operator injection, 01 §16), and at the top level a
/// foreign `organization_id`.
enum DocumentGuard {
    /// What the top level of a document holds.
    struct Findings {
        var hasTextID = false
        var namesOrganization = false
    }

    /// Checks a whole document about to be stored; it must carry a text `_id` and leave the organization to us.
    static func checkStored(_ document: BSONDocument) throws(TenancyError) {
        let findings = try check(document)
        guard findings.hasTextID else { throw .refused("a stored document needs a text _id") }
        guard !findings.namesOrganization else { throw .refused("organization_id is not the caller's to set") }
    }

    /// Checks a value inside a filter or an update.
    static func checkValue(_ value: BSONValue) throws(TenancyError) {
        switch value {
        case .document(let document): _ = try check(document)
        case .array(let values): for value in values { try checkValue(value) }
        case .regex, .javascript, .javascriptWithScope: throw .refused("patterns and code are not values")
        default: break
        }
    }

    private static func check(_ document: BSONDocument) throws(TenancyError) -> Findings {
        var findings = Findings()
        var walker = KeyWalker(bytes: document.bytes, findings: Findings())
        guard walker.walk(from: 0, isTop: true, isArray: false) != nil else { throw .refused("malformed document") }
        if let key = walker.refusedKey { throw .refused("key \(key) begins with $ or holds a dot") }
        findings = walker.findings
        return findings
    }
}

/// Walks BSON by its lengths. Bounds are checked at each step, so a damaged document is refused and never read past.
private struct KeyWalker {
    let bytes: [UInt8]
    var findings: DocumentGuard.Findings
    var refusedKey: String?

    /// Returns the offset behind the document, or nil when it is malformed.
    mutating func walk(from start: Int, isTop: Bool, isArray: Bool, depth: Int = 0) -> Int? {
        guard depth <= BSONDocument.maximumDepth, let length = length(at: start), length >= 5 else { return nil }
        let end = start + length - 1
        guard end < bytes.count, bytes[end] == 0 else { return nil }
        var offset = start + 4
        while offset < end {
            let type = bytes[offset]
            let keyStart = offset + 1
            var keyEnd = keyStart
            var hasDot = false
            while bytes[keyEnd] != 0 {
                hasDot = hasDot || bytes[keyEnd] == UInt8(ascii: ".")
                keyEnd += 1
            }
            guard keyEnd < end else { return nil }
            if !isArray { note(keyStart..<keyEnd, hasDot: hasDot, type: type, isTop: isTop) }
            guard let next = skip(type, at: keyEnd + 1, depth: depth), next <= end else { return nil }
            offset = next
        }
        return offset == end ? end + 1 : nil
    }

    private mutating func note(_ key: Range<Int>, hasDot: Bool, type: UInt8, isTop: Bool) {
        if hasDot || bytes[key.lowerBound] == UInt8(ascii: "$") {
            refusedKey = refusedKey ?? String(decoding: bytes[key], as: UTF8.self)
        }
        guard isTop else { return }
        if type == 0x02, matches(key, "_id") { findings.hasTextID = true }
        if matches(key, Tenancy.organizationField) { findings.namesOrganization = true }
    }

    private func matches(_ key: Range<Int>, _ name: String) -> Bool {
        key.count == name.utf8.count && bytes[key].elementsEqual(name.utf8)
    }

    private mutating func skip(_ type: UInt8, at offset: Int, depth: Int) -> Int? {
        switch type {
        case 0x06, 0x0A, 0x7F, 0xFF: return offset
        case 0x08: return offset + 1
        case 0x10: return offset + 4
        case 0x01, 0x09, 0x11, 0x12: return offset + 8
        case 0x07: return offset + 12
        case 0x13: return offset + 16
        case 0x02, 0x0D, 0x0E: return length(at: offset).map { offset + 4 + $0 }
        case 0x05: return length(at: offset).map { offset + 5 + $0 }
        case 0x0C: return length(at: offset).map { offset + 16 + $0 }
        case 0x0F: return length(at: offset).map { offset + $0 }
        case 0x03, 0x04: return walk(from: offset, isTop: false, isArray: type == 0x04, depth: depth + 1)
        case 0x0B: return skipString(at: offset).flatMap { skipString(at: $0) }
        default: return nil
        }
    }

    private func skipString(at offset: Int) -> Int? {
        guard offset < bytes.count else { return nil }
        return bytes[offset...].firstIndex(of: 0).map { $0 + 1 }
    }

    private func length(at offset: Int) -> Int? {
        guard offset >= 0, offset + 4 <= bytes.count else { return nil }
        let value =
            UInt32(bytes[offset]) | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2]) << 16
            | UInt32(bytes[offset + 3]) << 24
        return value <= UInt32(BSONDocument.maximumSize) ? Int(value) : nil
    }
}
