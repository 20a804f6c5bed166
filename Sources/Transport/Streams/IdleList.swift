// Slots of a table in the order in which something last happened to them, so that the oldest is
// found without a search, and without a timer for each. It knows nothing of what is in the slots.

/// One order: its ends. The links between them are in an `ActivityLinks`.
struct IdleList: BitwiseCopyable {
    /// The slot whose activity is longest ago; negative when the list is empty.
    fileprivate(set) var oldest: Int32 = -1
    fileprivate(set) var newest: Int32 = -1
    fileprivate(set) var count = 0

    var first: Int? { oldest < 0 ? nil : Int(oldest) }
}

/// The links of lists that share slots; a slot is in one list of them at most.
struct ActivityLinks {
    private struct Link: BitwiseCopyable {
        var older: Int32 = -1
        var newer: Int32 = -1
    }

    private var links: [Link] = []

    /// The slot that follows `slot` in its list.
    func newer(than slot: Int) -> Int? {
        links[slot].newer < 0 ? nil : Int(links[slot].newer)
    }

    /// Puts a slot that is in no list at the newest end.
    mutating func append(_ slot: Int, to list: inout IdleList) {
        while links.count <= slot { links.append(Link()) }
        links[slot] = Link(older: list.newest)
        if list.newest >= 0 {
            links[Int(list.newest)].newer = Int32(slot)
        } else {
            list.oldest = Int32(slot)
        }
        list.newest = Int32(slot)
        list.count += 1
    }

    /// Takes a slot out of the list that it is in.
    mutating func remove(_ slot: Int, from list: inout IdleList) {
        let link = links[slot]
        if link.older >= 0 {
            links[Int(link.older)].newer = link.newer
        } else {
            list.oldest = link.newer
        }
        if link.newer >= 0 {
            links[Int(link.newer)].older = link.older
        } else {
            list.newest = link.older
        }
        links[slot] = Link()
        list.count -= 1
    }

    /// Makes a slot of the list its newest.
    mutating func touch(_ slot: Int, in list: inout IdleList) {
        if list.newest == Int32(slot) { return }
        remove(slot, from: &list)
        append(slot, to: &list)
    }
}
