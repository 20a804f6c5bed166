// The two kinds of lines that only Azure's exports have: alias record sets, whose addresses Azure takes from one of its
// resources, and record sets without records. A zone can hold neither; both are left out, with a warning that names them.

import DNSWire

extension ZoneParser {
    /// Leaves out `AZURE ALIAS A RESOURCE`, whose first word was read.
    mutating func leaveOut(
        resource first: ZoneWord, _ scanner: inout ZoneScanner
    ) throws(ZoneFault) {
        var words: [String] = []
        while let word = try scanner.next() {
            let octets = [UInt8](copying: scanner.text.extracting(word.start..<word.end))
            words.append(Self.legible(octets, isCut: false))
        }
        let type = words.dropFirst().first ?? "record"
        let resource = words.count > 2 ? " of \(words[2])" : ""
        leaveOut(
            "\(type) is an alias record set\(resource) in Azure, which a zone file cannot contain",
            first
        )
    }

    /// Leaves out an entry whose data are missing because Azure has no record in the set.
    mutating func leavesOut(
        emptySetOf type: RecordType, _ first: ZoneWord, _ scanner: inout ZoneScanner
    ) throws(ZoneFault) -> Bool {
        if try scanner.hasMore() { return false }
        leaveOut("\(type) is an empty record set", first)
        return true
    }

    private mutating func leaveOut(_ sentence: String, _ word: ZoneWord) {
        guard let owner = lastOwner else { return }
        notices.addWarning(place(of: word), "\(owner) \(sentence); it is left out")
    }
}
