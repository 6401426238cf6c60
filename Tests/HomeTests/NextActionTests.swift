import Foundation
import Testing

@testable import Home

@Suite("The next action")
struct NextActionTests {
    private static let now = Date(timeIntervalSince1970: 1_790_000_000)

    private func risk(_ count: Int?) -> HomeAnalysis {
        .published(
            HomeRisk(
                horizonDays: 90, highRiskCustomers: count, valueAtRiskMinor: nil, gateWords: "Accepted",
                isActionable: true, asOf: Self.now, finishedAt: Self.now, method: "logistic"))
    }

    private func action(
        orders: Int = 10, consented: Int = 5, daysOld: Double = 1, _ analysis: HomeAnalysis = .neverRan,
        importing: String? = nil
    ) -> NextAction {
        NextAction.choose(
            Situation(
                orders: orders, consented: consented, completeUntil: Self.now.addingTimeInterval(-daysOld * 86_400),
                analysis: analysis, runningImport: importing), now: Self.now)
    }

    @Test("without orders: import them; while one is at work: wait for it")
    func importing() {
        #expect(action(orders: 0, consented: 0) == .importOrders)
        #expect(action(orders: 0, consented: 0, importing: "imp_1") == .waitForImport(id: "imp_1"))
    }

    @Test("orders of people without consent: state it")
    func consent() {
        #expect(action(consented: 0, risk(3)) == .grantConsent)
    }

    @Test("with data: run, wait, or say what went wrong or is missing")
    func analysis() {
        #expect(action(.neverRan) == .findCustomersAtRisk)
        #expect(action(.running(jobID: "job_1")) == .waitForAnalysis(jobID: "job_1"))
        #expect(action(.failed(runID: "job_1")) == .lookAtFailure(runID: "job_1"))
        #expect(action(.notEnoughData) == .readWhatIsMissing)
    }

    @Test("with a result: contact those at risk, unless the data are too old to act on")
    func result() {
        #expect(action(risk(3)) == .contactCustomers(count: 3, horizonDays: 90))
        #expect(action(risk(0)) == .reviewSegments)
        #expect(action(risk(nil)) == .reviewSegments)
        #expect(action(daysOld: 30, risk(3)) == .importNewerOrders(daysOld: 30))
    }
}
