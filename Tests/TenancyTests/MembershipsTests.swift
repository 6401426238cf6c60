import BSON
import Foundation
import Mongo
import SystemStore
import TestMongo
import Testing
import Vault
import Waiting

@testable import Tenancy

@Suite("Memberships, the door to an organization")
struct MembershipsTests {
    private let time = ManualTime(Date(timeIntervalSince1970: 1_790_000_000))

    private func withMemberships(
        lifetime: Duration = .seconds(1), _ body: (Memberships, MongoDatabase) async throws -> Void
    ) async throws {
        let clock = WallClock.manual(time)
        try await withDatabase { (database) async throws in
            for spec in Tenancy.collections + SystemStore.collections { try await spec.install(in: database) }
            try await body(Memberships(database: database, clock: clock, cacheLifetime: lifetime), database)
        }
    }

    private func organization(_ slug: String, kind: Organization.Kind = .normal) -> Organization {
        Organization(id: ID.make("org"), name: slug.uppercased(), slug: slug, kind: kind, createdAt: time.now)
    }

    @Test("whoever makes an organization is its owner; others find no door")
    func create() async throws {
        try await withMemberships { (memberships, database) async throws in
            let acme = organization("acme")
            let made = try await database.withTransaction { transaction in
                try await memberships.createOrganization(acme, owner: "usr_1", ownerName: "Ann", in: transaction)
            }
            #expect(made.role == .owner)
            let scope = try #require(try await memberships.scope(userID: "usr_1", slug: "acme"))
            #expect(scope.organization == acme)
            #expect(scope.actor == .user(id: "usr_1", name: "Ann"))
            #expect(try await memberships.scope(userID: "usr_1", organizationID: acme.id)?.role == .owner)
            #expect(try await memberships.scope(userID: "usr_2", slug: "acme") == nil)
            #expect(try await memberships.scope(userID: "usr_1", slug: "other") == nil)
            #expect(try await memberships.memberships(of: "usr_1").map(\.organization.slug) == ["acme"])
            #expect(try await memberships.organization(slug: "acme")?.id == acme.id)
        }
    }

    @Test("a slug belongs to one organization; bad and reserved ones are refused with the reason")
    func slugs() async throws {
        try await withMemberships { (memberships, _) async throws in
            _ = try await memberships.createOrganization(organization("acme"), owner: "usr_1", ownerName: "Ann")
            await #expect(throws: TenancyError.slugTaken) {
                _ = try await memberships.createOrganization(organization("acme"), owner: "usr_2", ownerName: "Bob")
            }
            await #expect(throws: TenancyError.invalidSlug(.reserved)) {
                _ = try await memberships.createOrganization(organization("api"), owner: "usr_2", ownerName: "Bob")
            }
            #expect(try await memberships.availableSlug(for: "Acme") == "acme-2")
            #expect(try await memberships.availableSlug(for: "Other") == "other")
        }
    }

    @Test("two registrations with one slug at the same moment give exactly one organization")
    func slugRace() async throws {
        try await withMemberships { (memberships, database) async throws in
            let made = await withTaskGroup(of: Bool.self) { group in
                for number in 1...8 {
                    let candidate = organization("acme")
                    group.addTask {
                        (try? await memberships.createOrganization(candidate, owner: "usr_\(number)", ownerName: "X"))
                            != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 1)
            #expect(try await database.collection("organizations").count([:]) == 1)
            #expect(try await database.collection("memberships").count([:]) == 1)
        }
    }

    @Test("a role change and a removal are effective on the next request")
    func changes() async throws {
        try await withMemberships { (memberships, _) async throws in
            let owner = try await memberships.createOrganization(organization("acme"), owner: "usr_1", ownerName: "Ann")
            try await memberships.add(userID: "usr_2", userName: "Bob", role: .viewer, to: owner.organizationID)
            #expect(try await memberships.scope(userID: "usr_2", slug: "acme")?.role == .viewer)
            try await memberships.changeRole(owner, userID: "usr_2", to: .manager)
            #expect(try await memberships.scope(userID: "usr_2", slug: "acme")?.role == .manager)
            #expect(try await memberships.members(owner).map(\.userID) == ["usr_1", "usr_2"])
            try await memberships.rename(userID: "usr_2", to: "Robert")
            #expect(try await memberships.scope(userID: "usr_2", slug: "acme")?.actor.name == "Robert")
            await #expect(throws: TenancyError.alreadyMember) {
                try await memberships.add(userID: "usr_2", userName: "Bob", role: .admin, to: owner.organizationID)
            }
            try await memberships.remove(owner, userID: "usr_2")
            #expect(try await memberships.scope(userID: "usr_2", slug: "acme") == nil)
            await #expect(throws: TenancyError.notFound) { try await memberships.remove(owner, userID: "usr_9") }
        }
    }

    @Test("a change made by another process is seen within a second")
    func otherProcess() async throws {
        try await withMemberships(lifetime: .milliseconds(80)) { memberships, database in
            let scope = try await memberships.createOrganization(organization("acme"), owner: "usr_1", ownerName: "Ann")
            #expect(try await memberships.scope(userID: "usr_1", slug: "acme") != nil)
            _ = try await Memberships(database: database).add(
                userID: "usr_2", userName: "Bob", role: .owner, to: scope.organizationID)
            try await Memberships(database: database).remove(scope, userID: "usr_1")
            #expect(try await eventually { try await memberships.scope(userID: "usr_1", slug: "acme") == nil })
        }
    }

    @Test("the last owner can be neither removed nor demoted")
    func lastOwner() async throws {
        try await withMemberships { (memberships, _) async throws in
            let owner = try await memberships.createOrganization(organization("acme"), owner: "usr_1", ownerName: "Ann")
            await #expect(throws: TenancyError.lastOwner) { try await memberships.remove(owner, userID: "usr_1") }
            await #expect(throws: TenancyError.lastOwner) {
                try await memberships.changeRole(owner, userID: "usr_1", to: .admin)
            }
            try await memberships.add(userID: "usr_2", userName: "Bob", role: .owner, to: owner.organizationID)
            try await memberships.changeRole(owner, userID: "usr_1", to: .admin)
            await #expect(throws: TenancyError.lastOwner) { try await memberships.remove(owner, userID: "usr_2") }
        }
    }

    @Test("two owners who demote each other at the same moment leave one owner", arguments: 0..<5)
    func ownerRace(round: Int) async throws {
        try await withMemberships { (memberships, _) async throws in
            let ann = try await memberships.createOrganization(organization("acme"), owner: "usr_1", ownerName: "Ann")
            try await memberships.add(userID: "usr_2", userName: "Bob", role: .owner, to: ann.organizationID)
            async let first: Void? = try? memberships.changeRole(ann, userID: "usr_2", to: .viewer)
            async let second: Void? = try? memberships.changeRole(ann, userID: "usr_1", to: .viewer)
            _ = await (first, second)
            #expect(try await memberships.members(ann).filter { $0.role == .owner }.count == 1)
        }
    }

    @Test("a replaced slug leads to the organization for 90 days, and nobody else gets it meanwhile")
    func formerSlug() async throws {
        try await withMemberships { (memberships, _) async throws in
            let scope = try await memberships.createOrganization(organization("acme"), owner: "usr_1", ownerName: "Ann")
            let changed = try await memberships.updateOrganization(
                scope, OrganizationChanges(name: "Acme 2", slug: "acme-new", timeZone: "Europe/Madrid"))
            #expect(changed.slug == "acme-new")
            #expect(changed.timeZone == "Europe/Madrid")
            #expect(try await memberships.scope(userID: "usr_1", slug: "acme-new")?.organization.name == "Acme 2")
            #expect(try await memberships.currentSlug(formerly: "acme") == "acme-new")
            await #expect(throws: TenancyError.slugTaken) {
                _ = try await memberships.createOrganization(organization("acme"), owner: "usr_2", ownerName: "Bob")
            }
            time.advance(by: 91 * 86_400)
            #expect(try await memberships.currentSlug(formerly: "acme") == nil)
            _ = try await memberships.createOrganization(organization("acme"), owner: "usr_2", ownerName: "Bob")
        }
    }

    @Test("a job acts with its starter's present rights, or as a schedule")
    func jobs() async throws {
        try await withMemberships { (memberships, database) async throws in
            let scope = try await memberships.createOrganization(organization("acme"), owner: "usr_1", ownerName: "Ann")
            let id = scope.organizationID
            #expect(try await memberships.jobScope(organizationID: id, startedBy: "usr_1")?.role == .owner)
            #expect(try await memberships.jobScope(organizationID: id, startedBy: "usr_2") == nil)
            #expect(try await memberships.jobScope(organizationID: id, startedBy: nil)?.actor == .schedule)
            #expect(try await memberships.jobScope(organizationID: "org_none", startedBy: nil) == nil)
            try await database.collection("organizations").update(["_id": .string(id)], ["$set": ["status": "closed"]])
            #expect(try await memberships.jobScope(organizationID: id, startedBy: nil) == nil)
        }
    }

    @Test("each use of the cross-tenant store is recorded before the work")
    func systemStore() async throws {
        try await withMemberships { (memberships, database) async throws in
            try await Note.spec.install(in: database)
            let demo = try await memberships.createOrganization(
                organization("demo-shop", kind: .demo), owner: "usr_1", ownerName: "Ann")
            let kept = try await memberships.createOrganization(organization("acme"), owner: "usr_1", ownerName: "Ann")
            try await TenantCollection<Note>(demo, database).insert(Note(id: "d", text: "x", number: 1))
            try await TenantCollection<Note>(kept, database).insert(Note(id: "k", text: "x", number: 1))
            let system = SystemStore(
                database, memberships: memberships, reason: "remove the demo", by: .command("demo-reset"))
            #expect(try await system.organizations(kind: .demo).map(\.id) == [demo.organizationID])
            #expect(try await system.counts(organizationID: demo.organizationID, in: [Note.spec]) == ["notes": 1])
            let removed = try await system.erase(organizationID: demo.organizationID, in: [Note.spec])
            #expect(removed == ["notes": 1, "memberships": 1, "organizations": 1])
            #expect(try await memberships.scope(userID: "usr_1", slug: "demo-shop") == nil)
            #expect(try await TenantCollection<Note>(kept, database).count() == 1)
            let events = try await database.collection("system_events").find([:])
            #expect(
                events.compactMap { $0["operation"]?.stringValue }
                    == ["organizations.list", "rows.count", "organization.erase"])
            #expect(events.allSatisfy { $0["reason"] == "remove the demo" })
        }
    }
}
