import Testing

@testable import Memory

@Suite("A table that forgets what was used least recently")
struct RecencyTableTests {
    @Test("the key used least recently makes room")
    func order() {
        var table = RecencyTable<String, Int>(capacity: 3)
        for (index, key) in ["a", "b", "c"].enumerated() { table.insert(index, for: key) }
        #expect(table.use("a") == 0)
        table.insert(3, for: "d")
        #expect(table.use("b") == nil)
        table.insert(4, for: "c")
        table.insert(5, for: "e")
        #expect(table.use("a") == nil)
        #expect(table.use("c") == 4)
        #expect(table.count == 3)
    }

    @Test("it agrees with the plain list it stands for, whatever is done to it", arguments: [1, 2, 5, 17])
    func model(capacity: Int) {
        var table = RecencyTable<Int, Int>(capacity: capacity)
        /// Newest last.
        var list: [(key: Int, element: Int)] = []
        var seed: UInt64 = 42
        func next(_ bound: UInt64) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % bound)
        }
        for step in 0..<5_000 {
            let key = next(24)
            let place = list.firstIndex { $0.key == key }
            switch next(8) {
            case 0..<3:
                if let place { list.remove(at: place) } else if list.count == capacity { list.removeFirst() }
                list.append((key, step))
                table.insert(step, for: key)
            case 3..<6:
                let expected = place.map { list.remove(at: $0) }
                if let expected { list.append(expected) }
                #expect(table.use(key) == expected?.element)
            case 6:
                if let place { list.remove(at: place) }
                table.remove(key)
            default:
                guard step % 10 == 0 else { continue }
                list.removeAll { $0.element % 2 == 0 }
                table.removeAll { $1 % 2 == 0 }
            }
            #expect(table.count == list.count)
        }
        for entry in list { #expect(table.use(entry.key) == entry.element) }
    }
}
