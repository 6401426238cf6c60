import Testing

@testable import Mongo

@Suite("Admission gate rules")
struct GateTests {
    struct Job: Identifiable, Equatable {
        let id: Int
    }

    private let start = ContinuousClock.now

    private func gate(limit: Int, queue: Int, jobs: Int) -> GateState<Job> {
        var gate = GateState<Job>(limit: limit, queueLimit: queue)
        for id in 0..<jobs { _ = gate.admit(Job(id: id), deadline: start + .seconds(id)) }
        return gate
    }

    @Test("as many run as there are threads, others wait in order, what is too much is shed")
    func admission() {
        var gate = GateState<Job>(limit: 2, queueLimit: 2)
        let outcomes = (0..<5).map { gate.admit(Job(id: $0), deadline: start) }
        #expect(outcomes == [.started, .started, .queued, .queued, .shed])
        #expect(gate.running == 2 && gate.queued == 2)
        #expect(gate.finish() == Job(id: 2))
        #expect(gate.finish() == Job(id: 3))
        #expect(gate.finish() == nil)
        #expect(gate.running == 1)
        #expect(gate.finish() == nil)
        #expect(gate.isIdle)
    }

    @Test("a job that gave up is not run, and makes room")
    func removal() {
        var gate = gate(limit: 1, queue: 2, jobs: 3)
        gate.remove(1)
        gate.remove(99)
        #expect(gate.queued == 1)
        #expect(gate.admit(Job(id: 7), deadline: start) == .queued)
        #expect(gate.finish() == Job(id: 2))
        #expect(gate.finish() == Job(id: 7))
    }

    @Test("who has waited too long is let go, in order")
    func expiry() {
        var gate = gate(limit: 1, queue: 5, jobs: 5)
        #expect(gate.nextDeadline == start + .seconds(1))
        #expect(gate.expire(now: start + .milliseconds(500)).isEmpty)
        #expect(gate.expire(now: start + .seconds(2)) == [Job(id: 1), Job(id: 2)])
        #expect(gate.nextDeadline == start + .seconds(3))
    }

    @Test("a closed gate lets in nothing new and ends what is there")
    func closing() {
        var gate = gate(limit: 1, queue: 5, jobs: 2)
        gate.close()
        #expect(gate.admit(Job(id: 9), deadline: start) == .closed)
        #expect(!gate.isIdle)
        #expect(gate.finish() == Job(id: 1))
        #expect(gate.finish() == nil)
        #expect(gate.isIdle)
    }
}
