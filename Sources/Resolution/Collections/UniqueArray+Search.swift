// Looking for an element from the front. UniqueArray is no Collection, since it cannot be copied.

internal import BasicContainers

extension UniqueArray {
    /// The index of the first element that `isMeant` says is the one.
    @inline(__always)
    func firstIndex(where isMeant: (Element) -> Bool) -> Int? {
        for index in indices where isMeant(self[index]) { return index }
        return nil
    }

    /// Whether there is such an element.
    @inline(__always)
    func contains(where isMeant: (Element) -> Bool) -> Bool { firstIndex(where: isMeant) != nil }

    /// Removes all, and keeps room for a few.
    mutating func empty() { removeAll(keepingCapacity: capacity <= 16) }
}
