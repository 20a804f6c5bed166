// Reads JSON as lists and pages, and decides whether a list is complete. It is complete unless a
// sign shows that more follows; a bare list has no such sign. The kind of a member shows in keys
// that only this kind has.

internal import DNSWire

extension AzureReading {
    /// What an object is a part of.
    struct Placement {
        /// The file that it was read from.
        let file: String
        /// Whether it is in a list.
        var isListed = false
        /// Whether more follows than the list has.
        var isCut = false
    }

    /// Reads a text of JSON values.
    mutating func readJSON(_ text: [UInt8], _ file: String) throws(StoreError) {
        let values: [JSONValue]
        do throws(JSONReader.Fault) {
            values = try JSONReader.readAll(text)
        } catch {
            throw .refused("\(file):\(error.line):\(error.column): \(error.sentence)")
        }
        for value in values { try readValue(value, Placement(file: file)) }
    }

    /// Reads one value: an object, a list, or the page of a list that the API answers with.
    private mutating func readValue(_ value: JSONValue, _ placement: Placement) throws(StoreError) {
        switch value {
        case .list(let members): try readList(members, placement)
        case .object: try readMember(value, placement)
        case .null:
            throw .refused(
                "\(placement.file): this is null: a --query found nothing, or the "
                    + "command has no output")
        default:
            throw .refused(
                "\(placement.file): this is neither an object nor a list as az prints them: leave "
                    + "--query out")
        }
    }

    private mutating func readMember(_ value: JSONValue, _ placement: Placement) throws(StoreError)
    {
        guard let page = AzurePage(value) else { return try readObject(value, placement) }
        var inner = placement
        if let sign = page.sign {
            inner.isCut = true
            notes.append(
                "\(placement.file): the listing continues after these entries (\(sign)), so "
                    + "nothing is removed for not being listed: az network ... list, and az rest "
                    + "for every nextLink, print all of them")
        }
        try readList(page.members, inner)
    }

    private mutating func readList(_ members: [JSONValue], _ placement: Placement)
        throws(StoreError)
    {
        if members.isEmpty {
            notes.append("\(placement.file): the list is empty")
            emptyInputs.append(placement.file)
        }
        var placement = placement
        placement.isListed = true
        var entries = members
        if let marker = members.last, let sign = AzurePage.mark(of: marker) {
            placement.isCut = true
            entries.removeLast()
            notes.append(
                "\(placement.file): the listing continues after these entries (\(sign)), so "
                    + "nothing is removed for not being listed: list everything, without --max-items"
            )
        }
        let configurations = entries.filter { Self.isConfiguration($0) }
        if !configurations.isEmpty { try readConfigurations(configurations, placement) }
        let sets = entries.filter { Self.isRecordSet($0) }
        if !sets.isEmpty { try readRecordSets(sets, placement) }
        for entry in entries where !Self.isConfiguration(entry) && !Self.isRecordSet(entry) {
            if case .null = entry { continue }
            try readValue(entry, placement)
        }
    }

    // MARK: Objects

    /// Reads an object by the keys that only its kind has; the CLI prints members flat, the API nests them in
    /// `properties`.
    private mutating func readObject(_ value: JSONValue, _ placement: Placement) throws(StoreError)
    {
        let file = placement.file
        if let sentence = Self.fault(value) { throw .refused("\(file): \(sentence)") }
        func has(_ keys: String...) -> Bool { keys.contains { value[$0] != nil } }
        let type = value["type"]?.string?.lowercased() ?? ""
        if type.hasSuffix("/privateendpoints")
            || has(
                "privateLinkServiceConnections", "manualPrivateLinkServiceConnections",
                "customDnsConfigs")
        {
            readPrivateEndpoint(value, placement)
        } else if type.hasSuffix("/privatednszonegroups") || has("privateDnsZoneConfigs") {
            try readZoneGroup(value, placement)
        } else if has("recordSets"), has("privateDnsZoneId") {
            try readZoneConfiguration(value, placement)
        } else if type.hasSuffix("/networkinterfaces") || has("ipConfigurations") {
            try readNetworkInterface(value, placement)
        } else if Self.isConfiguration(value) {
            try readConfigurations([value], placement)
        } else if has("privateLinkServiceConnectionState"), has("privateEndpoint") {
            readConnection(value, file)
        } else if has("loginServer") {
            try readRegistry(value, file)
        } else if type.hasSuffix("/replications") {
            readReplication(value, file)
        } else if has("numberOfRecordSets") {
            try readZone(value, file)
        } else if Self.isRecordSet(value) {
            try readRecordSets([value], placement)
        } else if has("fqdn"), has("ipAddresses") {
            try readNamedAddresses(value, placement)
        } else {
            throw .refused("\(file): \(Self.unknown)")
        }
    }

    /// The sentence about an object of which nothing can be made.
    private static let unknown =
        "this is not output that can be imported, or a --query left out what identifies it: import reads "
        + "az network nic show, list and ip-config list, az network private-endpoint show and list, "
        + "az network private-endpoint dns-zone-group list, az acr show, show-endpoints, "
        + "replication list and private-endpoint-connection list, and "
        + "az network private-dns record-set list"

    /// What is wrong, where the object is the API's report of a failure.
    private static func fault(_ value: JSONValue) -> String? {
        guard let error = value["error"], error["code"] != nil || error["message"] != nil else {
            return nil
        }
        let words = [error["code"]?.string, error["message"]?.string].compactMap { $0 }
        return "this is an error reported by Azure: \(words.joined(separator: ": "))"
    }
}

/// A page of a list, as the API answers.
struct AzurePage {
    /// What is on it.
    let members: [JSONValue]
    /// The key that shows that more follows; nil for none.
    let sign: String?

    /// Nil for an object that is no page.
    init?(_ value: JSONValue) {
        guard case .object(let keys) = value, value["id"] == nil else { return nil }
        // Azure's APIs have `value`, its Resource Graph has `data`.
        guard
            let found = ["value", "data"].first(where: { key in
                if case .list? = keys[key] { true } else { false }
            }), case .list(let members)? = keys[found]
        else { return nil }
        self.members = members
        sign = Self.sign(in: keys) ?? Self.count(in: keys, beyond: members.count)
    }

    /// The sign in a list's last entry that more follows, if that entry is not a member.
    static func mark(of value: JSONValue) -> String? {
        guard case .object(let keys) = value, !keys.isEmpty,
            keys.keys.allSatisfy({ isContinuation($0) })
        else { return nil }
        return sign(in: keys)
    }

    private static func isContinuation(_ key: String) -> Bool {
        let word = key.filter { $0.isLetter || $0.isNumber }
        return word.contains("nextlink") || word.contains("nextmarker")
            || word.contains("nexttoken")
            || word.contains("nextpage") || word.contains("skiptoken")
            || word.contains("continuation")
    }

    /// The first key, in order, that shows that more follows.
    private static func sign(in keys: [String: JSONValue]) -> String? {
        for (key, value) in keys.sorted(by: { $0.key < $1.key }) where isContinuation(key) {
            switch value {
            case .null, .boolean(false), .text(""): continue
            default: return key
            }
        }
        switch keys["resulttruncated"] {
        case .boolean(true)?: return "resulttruncated"
        case .text(let text)? where text.lowercased() == "true": return "resulttruncated"
        default: return nil
        }
    }

    /// The key of a count of all members that is above `count`.
    private static func count(in keys: [String: JSONValue], beyond count: Int) -> String? {
        for key in ["totalcount", "total_count", "total_records", "totalrecords", "count", "total"]
        {
            if let number = keys[key]?.integer, number > count { return key }
        }
        return nil
    }
}
