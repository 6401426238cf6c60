extension Schema {
    /// Writes the schema as JSON Schema 2020-12. Named ones are referred to and noted in `components`.
    func write(to json: inout JSONWriter, _ components: inout [String: Schema]) {
        var noted = components
        json.object { json in writeMembers(to: &json, &noted, type: nil) }
        components = noted
    }

    private func writeMembers(to json: inout JSONWriter, _ components: inout [String: Schema], type suffix: String?) {
        func type(_ name: String, _ json: inout JSONWriter) {
            guard let suffix else { return json.field("type", name) }
            json.array("type", [name, suffix]) { json, item in json.value(item) }
        }
        switch self {
        case .string: type("string", &json)
        case .integer(let minimum, let maximum):
            type("integer", &json)
            if let minimum { json.field("minimum", minimum) }
            if let maximum { json.field("maximum", maximum) }
        case .number: type("number", &json)
        case .probability:
            type("number", &json)
            json.field("minimum", 0)
            json.field("maximum", 1)
        case .boolean: type("boolean", &json)
        case .date:
            type("string", &json)
            json.field("format", "date")
        case .dateTime:
            type("string", &json)
            json.field("format", "date-time")
        case .money:
            Schema.object([.init("amount_minor", .integer), .init("currency", .string)])
                .writeMembers(to: &json, &components, type: suffix)
        case .array(let item):
            type("array", &json)
            json.key("items")
            item.write(to: &json, &components)
        case .object(let fields):
            type("object", &json)
            Schema.write(fields, to: &json, &components)
        case .map(let value):
            type("object", &json)
            json.key("additionalProperties")
            value.write(to: &json, &components)
        case .ref(let name, let schema):
            Schema.note(name, schema, in: &components)
            json.field("$ref", "#/components/schemas/\(name)")
        case .enumeration(let words):
            type("string", &json)
            json.array("enum", words) { json, word in json.value(word) }
        case .nullable(let schema): schema.writeNullable(to: &json, &components)
        case .any: break
        }
    }

    private func writeNullable(to json: inout JSONWriter, _ components: inout [String: Schema]) {
        switch self {
        case .ref, .enumeration, .any:
            var noted = components
            json.array("anyOf") { json in
                write(to: &json, &noted)
                json.object { json in json.field("type", "null") }
            }
            components = noted
        default: writeMembers(to: &json, &components, type: "null")
        }
    }

    private static func write(
        _ fields: [SchemaField], to json: inout JSONWriter, _ components: inout [String: Schema]
    ) {
        var noted = components
        json.object("properties") { json in
            for field in fields {
                json.object(field.name) { json in
                    field.schema.writeMembers(to: &json, &noted, type: nil)
                    if let summary = field.summary { json.field("description", summary) }
                }
            }
        }
        components = noted
        let required = fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { json.array("required", required) { json, name in json.value(name) } }
    }

    /// Notes a named schema and those inside it, so that all of them are written under `components`.
    private static func note(_ name: String, _ schema: Schema, in components: inout [String: Schema]) {
        guard components[name] == nil else { return }
        components[name] = schema
        var scratch = JSONWriter()
        schema.write(to: &scratch, &components)
    }
}
