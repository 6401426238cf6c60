import Synchronization

/// A value that several tasks add to.
final class Box<Value: Sendable>: Sendable {
    private let held: Mutex<Value>

    init(_ value: Value) { held = Mutex(value) }

    var value: Value { held.withLock { $0 } }
}

extension Box {
    func add<Element: Sendable>(_ element: Element) where Value == [Element] { held.withLock { $0.append(element) } }
}
