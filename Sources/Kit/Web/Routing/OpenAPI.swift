/// The OpenAPI 3.1 document, made from the mounted routes, so that it cannot drift from them.
public enum OpenAPI {
    /// The document as JSON bytes; the same routes give the same bytes.
    public static func document(
        _ routes: [RouteDescription], title: String, version: String, serverURL: String = "/"
    ) -> [UInt8] {
        var json = JSONWriter(capacity: 65_536)
        let operations = routes.filter { $0.operation != nil }
            .sorted { ($0.path, $0.method.rawValue) < ($1.path, $1.method.rawValue) }
        var components: [String: Schema] = ["Problem": problem]
        json.object { json in
            json.field("openapi", "3.1.0")
            json.object("info") { json in
                json.field("title", title)
                json.field("version", version)
            }
            json.array("servers") { json in json.object { json in json.field("url", serverURL) } }
            json.object("paths") { json in
                for (path, group) in grouped(operations) {
                    json.object(path) { json in
                        for route in group { write(route, to: &json, &components) }
                    }
                }
            }
            writeComponents(components, to: &json)
        }
        return json.bytes
    }

    private static func grouped(_ routes: [RouteDescription]) -> [(String, [RouteDescription])] {
        var groups: [(String, [RouteDescription])] = []
        for route in routes {
            if groups.last?.0 == route.path {
                groups[groups.count - 1].1.append(route)
            } else {
                groups.append((route.path, [route]))
            }
        }
        return groups
    }

    // MARK: Operations

    private static func write(
        _ route: RouteDescription, to json: inout JSONWriter, _ components: inout [String: Schema]
    ) {
        guard let operation = route.operation else { return }
        json.object(route.method.rawValue.lowercased()) { json in
            json.field("operationId", operation.id)
            json.field("summary", operation.summary)
            if let details = operation.details { json.field("description", details) }
            json.array("tags", [route.name.prefix { $0 != "." }]) { json, tag in json.value(String(tag)) }
            writeAccess(route.access, to: &json)
            writeParameters(route, operation, to: &json, &components)
            if let body = operation.body { writeBody(body, to: &json, &components) }
            json.object("responses") { json in
                for response in operation.responses.sorted(by: { $0.status < $1.status }) {
                    write(response, to: &json, &components)
                }
                writeProblems(route, operation, to: &json)
            }
        }
    }

    private static func writeAccess(_ access: RouteAccess, to json: inout JSONWriter) {
        json.field("x-permission", access.permission ?? (access == .open ? "public" : "member"))
        json.array("security") { json in
            guard access != .open else { return }
            json.object { json in json.array("bearer") { _ in } }
        }
    }

    private static func writeParameters(
        _ route: RouteDescription, _ operation: APIOperation, to json: inout JSONWriter,
        _ components: inout [String: Schema]
    ) {
        let declared = Set(operation.parameters.filter { $0.location == .path }.map(\.name))
        let fromPath = route.pathParameters.filter { !declared.contains($0) }
            .map { APIParameter($0, in: .path, .string, "From the path.") }
        let all = fromPath + operation.parameters
        guard !all.isEmpty else { return }
        json.array("parameters") { json in
            for parameter in all {
                json.object { json in
                    json.field("name", parameter.name)
                    json.field("in", parameter.location.rawValue)
                    json.field("description", parameter.summary)
                    json.field("required", parameter.isRequired)
                    json.key("schema")
                    parameter.schema.write(to: &json, &components)
                    if let example = parameter.example { json.field("example", example) }
                }
            }
        }
    }

    private static func writeBody(
        _ body: APIBody, to json: inout JSONWriter, _ components: inout [String: Schema]
    ) {
        json.object("requestBody") { json in
            json.field("required", true)
            writeContent(body.contentType, body.schema, body.example, to: &json, &components)
        }
    }

    private static func write(
        _ response: APIResponse, to json: inout JSONWriter, _ components: inout [String: Schema]
    ) {
        json.object(String(response.status)) { json in
            json.field("description", response.summary)
            guard let schema = response.schema else { return }
            writeContent(response.contentType, schema, response.example, to: &json, &components)
        }
    }

    private static func writeContent(
        _ type: String, _ schema: Schema, _ example: JSONValue?, to json: inout JSONWriter,
        _ components: inout [String: Schema]
    ) {
        json.object("content") { json in
            json.object(type) { json in
                json.key("schema")
                schema.write(to: &json, &components)
                if let example { json.field("example", example) }
            }
        }
    }

    /// The problems any such route may answer with; its own responses win.
    private static func writeProblems(
        _ route: RouteDescription, _ operation: APIOperation, to json: inout JSONWriter
    ) {
        let own = Set(operation.responses.map(\.status))
        var statuses = [400, 429, 500, 503]
        if route.access != .open { statuses.append(401) }
        if route.access.permission != nil { statuses.append(403) }
        if !route.pathParameters.isEmpty { statuses.append(404) }
        if operation.body != nil { statuses += [413, 415, 422] }
        for status in statuses.sorted() where !own.contains(status) {
            json.object(String(status)) { json in
                json.field("$ref", "#/components/responses/Problem")
            }
        }
    }

    // MARK: Components

    private static var problem: Schema {
        .object([
            .init("type", .string, "URL of the problem's description."), .init("title", .string),
            .init("status", .integer), .optional("detail", .string), .init("instance", .string),
            .init("code", .string, "Stable reason."), .init("request_id", .string),
            .optional(
                "errors",
                .array(.object([.init("field", .string), .init("code", .string), .init("message", .string)]))),
        ])
    }

    private static func writeComponents(_ components: [String: Schema], to json: inout JSONWriter) {
        json.object("components") { json in
            json.object("securitySchemes") { json in
                json.object("bearer") { json in
                    json.field("type", "http")
                    json.field("scheme", "bearer")
                    json.field("bearerFormat", "JWT")
                }
            }
            json.object("responses") { json in
                json.object("Problem") { json in
                    json.field("description", "What went wrong (RFC 9457).")
                    json.object("content") { json in
                        json.object("application/problem+json") { json in
                            json.object("schema") { json in json.field("$ref", "#/components/schemas/Problem") }
                        }
                    }
                }
            }
            json.object("schemas") { json in
                // Writing a schema may name further ones; names are known already, since paths were written first.
                var more = components
                for name in components.keys.sorted() {
                    json.key(name)
                    components[name]?.write(to: &json, &more)
                }
            }
        }
    }
}
