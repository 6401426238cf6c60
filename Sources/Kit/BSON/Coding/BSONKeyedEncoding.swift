/// Writes a Codable type's named properties.
struct BSONKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: KeyedNode
    let codingPath: [any CodingKey]

    private func put(_ child: BSONNode, _ key: some CodingKey) { node.entries.append((key.stringValue, child)) }

    func encodeNil(forKey key: Key) { put(.leaf(.null), key) }
    func encode(_ value: Bool, forKey key: Key) { put(.leaf(.bool(value)), key) }
    func encode(_ value: String, forKey key: Key) { put(.leaf(.string(value)), key) }
    func encode(_ value: Double, forKey key: Key) { put(.leaf(.double(value)), key) }
    func encode(_ value: Float, forKey key: Key) { put(.leaf(.double(Double(value))), key) }
    func encode(_ value: Int, forKey key: Key) { put(.leaf(.int64(Int64(value))), key) }
    func encode(_ value: Int8, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: Int16, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: Int32, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: Int64, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt8, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt16, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt32, forKey key: Key) throws { try integer(value, key) }
    func encode(_ value: UInt64, forKey key: Key) throws { try integer(value, key) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        put(try BSONEncoding.node(value, path: codingPath + [key]), key)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        let fresh = KeyedNode()
        put(.keyed(fresh), key)
        return KeyedEncodingContainer(BSONKeyedEncoding<Nested>(node: fresh, codingPath: codingPath + [key]))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        let fresh = ListNode()
        put(.list(fresh), key)
        return BSONListEncoding(node: fresh, codingPath: codingPath + [key])
    }

    func superEncoder() -> any Encoder { pending(BSONCodingKey("super")) }
    func superEncoder(forKey key: Key) -> any Encoder { pending(key) }

    private func pending(_ key: some CodingKey) -> BSONEncoding {
        let encoding = BSONEncoding(path: codingPath + [key])
        put(.pending(encoding), key)
        return encoding
    }

    private func integer(_ value: some FixedWidthInteger, _ key: Key) throws {
        put(try BSONEncoding.integer(value, path: codingPath + [key]), key)
    }
}

/// A key of our own making: array indexes and "super".
struct BSONCodingKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) {
        stringValue = name
        intValue = nil
    }

    init(index: Int) {
        stringValue = String(index)
        intValue = index
    }

    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init(index: intValue) }
}
