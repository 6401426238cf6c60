import Testing

@testable import Tenancy

@Suite("Roles and permissions")
struct PermissionTests {
    /// The table of the specification, written out a second time and in another form than the code has it.
    private static let table = """
        campaign | view A M m v · create A M m · edit A M · delete A · publish A M
        creative | view A M m v · create A M m · edit A M · delete A
        analytics | view A M m v · export A M · admin A
        integration | view A M m v · connect A · disconnect A · manage A
        user | view A M · invite A · edit A · delete –
        org | view A · edit A · billing – · admin –
        agent | view A M m v · create A · edit A · execute A M m · delete –
        settings | view A M · edit A
        eyes | view A M m v · run A M · manage A
        customer | view A M m v · pii A M · edit A · import A M · export A
        brain | view A M m v · run A M m · manage A
        prediction | view A M m v · run A M · manage A
        action | view A M m v · propose A M m · approve A M · execute A M · undo A M
        alert | view A M m v · manage A M
        expert | view A M · handle A · manage A
        decision | view A M m v · create A M m · decide A M
        workflow | view A M m v · create A M · edit A M · execute A M m · delete A
        job | view A M m v · manage A M
        report | view A M m v · create A M m · schedule A M · delete A
        consent | view A M · edit A
        privacy | view A · manage A
        audit | view A · export A
        compliance | view A M · manage A
        apikey | view A · manage A
        webhook | view A M · manage A
        ai | use A M m · manage A
        """

    private static let letters: [String: Role] = ["A": .admin, "M": .manager, "m": .member, "v": .viewer]

    @Test("every role has exactly the permissions of the table, and the owner has all")
    func matrix() throws {
        var seen: Set<String> = []
        for line in Self.table.split(separator: "\n") {
            let parts = line.split(separator: "|").map { $0.trimmingPrefix(" ") }
            let resource = parts[0].split(separator: " ")[0]
            for entry in parts[1].split(separator: "·") {
                let words = entry.split(separator: " ").map(String.init)
                let name = "\(resource):\(words[0])"
                let permission = try #require(Permission(rawValue: name), "\(name) is missing")
                seen.insert(name)
                let holders = Set(words.dropFirst().compactMap { Self.letters[$0] } + [.owner])
                for role in Role.allCases {
                    #expect(role.can(permission) == holders.contains(role), "\(role) and \(name)")
                    #expect(role.permissions.contains(permission) == holders.contains(role))
                }
            }
        }
        #expect(seen == Set(Permission.allCases.map(\.rawValue)))
    }

    @Test("there are 83 permissions, as many per resource as the specification counts")
    func counts() {
        let expected = [
            "campaign": 5, "creative": 4, "analytics": 3, "integration": 4, "user": 4, "org": 4, "agent": 5,
            "settings": 2,
            "eyes": 3, "customer": 5, "brain": 3, "prediction": 3, "action": 5, "alert": 2, "expert": 3, "decision": 3,
            "workflow": 5, "job": 2, "report": 4, "consent": 2, "privacy": 2, "audit": 2, "compliance": 2, "apikey": 2,
            "webhook": 2, "ai": 2,
        ]
        #expect(Permission.allCases.count == 83)
        #expect(Dictionary(grouping: Permission.allCases, by: \.resource).mapValues(\.count) == expected)
    }

    @Test("a scope lets its role do what the table says, and names what was missing")
    func scope() throws {
        let viewer = TenantScope.test("org_1", role: .viewer)
        #expect(viewer.can(.eyesView))
        try viewer.require(.eyesView)
        #expect(throws: TenancyError.forbidden(.eyesRun)) { try viewer.require(.eyesRun) }
        let suspended = TenantScope.test("org_1", role: .owner, status: .suspended)
        #expect(throws: TenancyError.suspended) { try suspended.requireWritable() }
        try TenantScope.test("org_1").requireWritable()
    }
}

@Suite("Slugs")
struct SlugTests {
    @Test(
        "well-formed slugs are accepted, others say what is wrong",
        arguments: [
            ("acme", nil), ("a-1", nil), (String(repeating: "a", count: 40), nil), ("ab", SlugProblem.tooShort),
            (String(repeating: "a", count: 41), .tooLong), ("Acme", .characters), ("ac me", .characters),
            ("-acme", .characters), ("acme-", .characters), ("ácme", .characters), ("acme/x", .characters),
            ("api", .reserved), ("operator", .reserved), ("demo", .reserved), ("metrics", .reserved), ("", .tooShort),
        ] as [(String, SlugProblem?)])
    func problems(slug: String, problem: SlugProblem?) {
        #expect(Slug.problem(with: slug) == problem)
    }

    @Test(
        "a name becomes a usable slug",
        arguments: [
            ("Acme", "acme"), ("Café Ñandú S.A.", "cafe-nandu-s-a"), ("  Bob's   Shop! ", "bobs-shop"),
            ("API", "api-team"),
            ("株式会社", "team"), ("A", "a-team"),
        ])
    func suggestion(name: String, slug: String) {
        #expect(Slug.suggestion(for: name) == slug)
        #expect(Slug.problem(with: Slug.suggestion(for: name)) == nil)
    }
}
