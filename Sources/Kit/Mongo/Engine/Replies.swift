import BSON
import CMongoC

extension MongoError {
    /// From a failed reply, whose memory is freed.
    init(taking reply: inout omc_reply) {
        let message = reply.message.map { String(cString: $0) } ?? "unknown error"
        let document = BSONDocument(reply)
        let fault = omc_fault_of(reply.domain, reply.code)
        omc_reply_free(&reply)
        self.init(message: message, code: Int(reply.code), fault: fault, reply: document)
    }
}

extension BSONDocument {
    /// A copy of a reply's bytes; empty when it has none.
    init(_ reply: omc_reply) {
        guard let bytes = reply.bytes, reply.length >= 5 else {
            self.init()
            return
        }
        self.init(trusting: Array(UnsafeBufferPointer(start: bytes, count: Int(reply.length))))
    }

    /// A copy of borrowed bytes.
    init(_ view: omc_bytes) {
        self.init(trusting: Array(UnsafeBufferPointer(start: view.bytes, count: view.length)))
    }

    func withView<Output>(_ body: (omc_bytes) throws(MongoError) -> Output) throws(MongoError) -> Output {
        try bytes.withUnsafeBufferPointer { buffer throws(MongoError) in
            try body(omc_bytes(bytes: buffer.baseAddress, length: buffer.count))
        }
    }
}

enum Reply {
    /// The reply as a document, or its error. Frees it.
    static func document(_ reply: omc_reply) throws(MongoError) -> BSONDocument {
        var reply = reply
        guard reply.ok else { throw MongoError(taking: &reply) }
        defer { omc_reply_free(&reply) }
        return BSONDocument(reply)
    }

    /// The documents of a cursor reply's first batch; `nil` when the server has more than that. Frees it.
    static func wholeBatch(_ reply: omc_reply) throws(MongoError) -> [BSONDocument]? {
        var reply = reply
        guard reply.ok else { throw MongoError(taking: &reply) }
        defer { omc_reply_free(&reply) }
        var batch = omc_bytes()
        var cursor: Int64 = 0
        guard omc_first_batch(&reply, &batch, &cursor) else {
            throw MongoError(.command, "the server's answer has no documents")
        }
        return cursor == 0 ? documents(batch) : nil
    }

    /// Splits an array of documents: type byte, index as text, NUL, document.
    private static func documents(_ array: omc_bytes) -> [BSONDocument] {
        let bytes = UnsafeRawBufferPointer(start: array.bytes, count: array.length)
        var documents: [BSONDocument] = []
        var position = 4
        while position < bytes.count - 1, bytes[position] == BSONType.document.rawValue {
            while position < bytes.count, bytes[position] != 0 { position += 1 }
            position += 1
            guard position + 5 <= bytes.count else { break }
            let length = Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int32.self)))
            guard length >= 5, position + length <= bytes.count else { break }
            documents.append(BSONDocument(trusting: Array(bytes[position..<(position + length)])))
            position += length
        }
        return documents
    }
}
