import Foundation
import Learning

/// Prints how long each algorithm takes on a given matrix, a JSON line each.
public enum LearningMeasurement {
    public static func print(matrix path: String, threads: Int) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        guard let matrix = LearningBench.matrix(bytes: bytes) else {
            throw StartRefusal("\(path) does not hold a matrix of the size it says.")
        }
        let clock = ContinuousClock()
        let start = clock.now
        LearningBench.run(matrix: matrix, threads: threads, now: { (clock.now - start) / .seconds(1) }) { measured in
            let seconds = String(format: "%.4f", measured.seconds)
            Swift.print("{\"case\": \"\(measured.name)\", \"seconds\": \(seconds), \"figure\": \(measured.figure)}")
        }
    }
}
