/// Writes a Codable type's ordered elements.
struct BSONListEncoding: UnkeyedEncodingContainer {
    let node: ListNode
    let codingPath: [any CodingKey]

    var count: Int { node.entries.count }

    private func put(_ child: BSONNode) { node.entries.append(child) }
    private var path: [any CodingKey] { codingPath + [BSONCodingKey(index: count)] }

    func encodeNil() { put(.leaf(.null)) }
    func encode(_ value: Bool) { put(.leaf(.bool(value))) }
    func encode(_ value: String) { put(.leaf(.string(value))) }
    func encode(_ value: Double) { put(.leaf(.double(value))) }
    func encode(_ value: Float) { put(.leaf(.double(Double(value)))) }
    func encode(_ value: Int) { put(.leaf(.int64(Int64(value)))) }
    func encode(_ value: Int8) throws { put(try BSONEncoding.integer(value, path: path)) }
    func encode(_ value: Int16) throws { put(try BSONEncoding.integer(value, path: path)) }
    func encode(_ value: Int32) throws { put(try BSONEncoding.integer(value, path: path)) }
    func encode(_ value: Int64) throws { put(try BSONEncoding.integer(value, path: path)) }
    func encode(_ value: UInt) throws { put(try BSONEncoding.integer(value, path: path)) }
    func encode(_ value: UInt8) throws { put(try BSONEncoding.integer(value, path: path)) }
    func encode(_ value: UInt16) throws { put(try BSONEncoding.integer(value, path: path)) }
    func encode(_ value: UInt32) throws { put(try BSONEncoding.integer(value, path: path)) }
    func encode(_ value: UInt64) throws { put(try BSONEncoding.integer(value, path: path)) }
    func encode<T: Encodable>(_ value: T) throws { put(try BSONEncoding.node(value, path: path)) }

    func nestedContainer<Nested: CodingKey>(keyedBy: Nested.Type) -> KeyedEncodingContainer<Nested> {
        let path = path
        let fresh = KeyedNode()
        put(.keyed(fresh))
        return KeyedEncodingContainer(BSONKeyedEncoding<Nested>(node: fresh, codingPath: path))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        let path = path
        let fresh = ListNode()
        put(.list(fresh))
        return BSONListEncoding(node: fresh, codingPath: path)
    }

    func superEncoder() -> any Encoder {
        let encoding = BSONEncoding(path: path)
        put(.pending(encoding))
        return encoding
    }
}
