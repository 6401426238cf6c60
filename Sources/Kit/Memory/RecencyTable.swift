/// A dictionary of bounded size: when it is full, the key that was used least recently makes room.
///
/// Every operation on one key costs the same however full it is. Not safe to share by itself.
struct RecencyTable<Key: Hashable, Element> {
    /// A slot and its neighbours in order of use.
    private struct Slot {
        /// Nil while the slot is free.
        var content: (key: Key, element: Element)?
        var newer: Int?
        var older: Int?
    }

    private let capacity: Int
    private var slots: [Slot] = []
    private var places: [Key: Int] = [:]
    private var free: [Int] = []
    private var newest: Int?
    private var oldest: Int?

    init(capacity: Int) {
        precondition(capacity > 0, "a table needs room")
        self.capacity = capacity
    }

    var count: Int { places.count }

    /// The element of a key, which is the newest from now on.
    mutating func use(_ key: Key) -> Element? {
        guard let place = places[key] else { return nil }
        if place != newest {
            unlink(place)
            link(place)
        }
        return slots[place].content?.element
    }

    mutating func insert(_ element: Element, for key: Key) {
        if let place = places[key] {
            unlink(place)
            slots[place].content = (key, element)
            return link(place)
        }
        if places.count >= capacity, let oldest { clear(oldest) }
        let place = free.popLast() ?? slots.count
        if place == slots.count { slots.append(Slot()) }
        slots[place].content = (key, element)
        places[key] = place
        link(place)
    }

    mutating func remove(_ key: Key) {
        if let place = places[key] { clear(place) }
    }

    mutating func removeAll(where matches: (Key, Element) -> Bool) {
        for (key, place) in places {
            if let element = slots[place].content?.element, matches(key, element) { clear(place) }
        }
    }

    private mutating func clear(_ place: Int) {
        guard let key = slots[place].content?.key else { return }
        unlink(place)
        slots[place].content = nil
        places[key] = nil
        free.append(place)
    }

    private mutating func link(_ place: Int) {
        slots[place].older = newest
        slots[place].newer = nil
        if let newest { slots[newest].newer = place }
        newest = place
        if oldest == nil { oldest = place }
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (slots[place].newer, slots[place].older)
        if let newer { slots[newer].older = older } else { newest = older }
        if let older { slots[older].newer = newer } else { oldest = newer }
    }
}
