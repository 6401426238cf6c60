import BSON
import Foundation
import NIOCore
import Testing
import Web

@testable import Eyes

@Suite("Stages of a run", .serialized)
struct StageTests {
    @Test("a stage lasts until the next one begins; one entered again goes on where it stopped")
    func clock() {
        let clock = StageClock()
        let start = ContinuousClock.Instant.now
        let entered: [(EyesStage, Int)] = [
            (.loading, 0), (.features, 4), (.features, 5), (.clustering, 6), (.loading, 10), (.storing, 11),
        ]
        for (stage, second) in entered { clock.begin(stage, at: start + .seconds(second)) }
        let times = clock.times(at: start + .seconds(14))
        #expect(times.map(\.stage) == [.loading, .features, .clustering, .storing])
        #expect(times.map { Int($0.seconds.rounded()) } == [5, 2, 4, 3])
        #expect(clock.times(at: start + .seconds(20)).last?.seconds.rounded() == 9, "the last one is still going")
    }

    @Test("are stored beside the result, not in it, and shown with the run")
    func stored() async throws {
        try await EyesHouse.open { house in
            try await house.fill(300)
            let run = try await house.run()
            let times = try #require(run.attempt.stages)
            #expect(Set(times.map(\.stage)).isSuperset(of: [.loading, .features, .clustering, .churn30, .storing]))
            #expect(times.allSatisfy { $0.seconds >= 0 && $0.seconds.isFinite })
            let result = try require2(try await EyesStore(house.scope, house.database).runDocument(run.id))
            #expect(result["result"]?.documentValue?["stages"] == nil)
            let pages = RunPages(speech: try house.speech(), paths: EyesPaths(slug: "shop"))
            let shown = try require2(try await house.service.run(house.scope, run.id))
            let loading = try #require(times.first { $0.stage == .loading })
            let took = pages.words.duration(seconds: loading.seconds)
            #expect(pages.finished(shown, isShown: true).main.html.contains("events \u{00B7} \(took)"))
            let json = String(buffer: RunDetailResource(run: run, isPublished: true).jsonBuffer(capacity: 8_192))
            #expect(json.contains("\"stages\":[{\"stage\":\"loading\""))
        }
    }
}
