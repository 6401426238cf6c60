import Crypto
import Foundation
import Vault

/// A form with a file, as multipart/form-data. The boundary follows from the content, so that the same form is always
/// the same bytes.
public struct Multipart: Sendable, Equatable {
    public var fields: Pairs
    public var fileField: String
    public var fileName: String
    public var contentType: String
    public var file: [UInt8]

    public init(fields: Pairs, fileField: String, fileName: String, contentType: String, file: [UInt8]) {
        self.fields = fields
        self.fileField = fileField
        self.fileName = fileName
        self.contentType = contentType
        self.file = file
    }

    public var boundary: String { "part-" + Hex.encode(Array(SHA256.hash(data: file).prefix(12))) }

    var header: String { "multipart/form-data; boundary=\(boundary)" }

    var bytes: [UInt8] {
        var text = ""
        for field in fields.items {
            text += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field.name)\"\r\n\r\n\(field.value)\r\n"
        }
        text += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(fileField)\"; filename=\"\(fileName)\"\r\n"
        text += "Content-Type: \(contentType)\r\n\r\n"
        return Array(text.utf8) + file + Array("\r\n--\(boundary)--\r\n".utf8)
    }
}
