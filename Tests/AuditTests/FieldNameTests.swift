import BSON
import Foundation
import Testing
import Web

@testable import Audit

@Suite("Fields of an act in words")
struct FieldNameTests {
    @Test("known fields have a name in both languages, others keep their own")
    func titles() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let catalogue = try Catalogue.load(directory: root.path + "/Locales")
        let spanish = Localizer(.es, catalogue: catalogue)
        #expect(ReadableFields.title("session_id", spanish) == "Sesión")
        #expect(ReadableFields.title("session_id", Localizer(.en, catalogue: catalogue)) == "Session")
        #expect(ReadableFields.title("before.role", spanish) == "Antes · Rol")
        #expect(ReadableFields.title("a.b", spanish) == "a.b")
        #expect(ReadableFields.title("role.b", spanish) == "role.b")
        let fields = ReadableFields(["role": "admin", "other": 3], spanish)
        #expect(fields.names == ["role", "other"] && fields["other"] == "3")
    }
}
