// What is true outside: the names that servers know and what each group of servers says of them, which changes
// with time; and what is served inside: zones, links and forward zones as plain tables.

/// What a group of servers says of a name.
enum Truth {
    /// Addresses that change every 40 seconds.
    case addresses(ttl: UInt32)
    case alias(String, ttl: UInt32)
    /// The name exists and has nothing but a TXT.
    case nothing
}

/// A whole answer of a server, hop by hop.
struct PlainAnswer {
    /// One hop: the records of one owner.
    var hops: [[PlainRecord]] = []
    var code: UInt16 = 0
    /// The SOA of a denial.
    var start: PlainRecord?

    var records: [PlainRecord] { hops.flatMap { $0 } }
    /// How long it may be kept, in seconds.
    var lifetime: UInt32 {
        (records + (start.map { [$0] } ?? [])).map(\.ttl).min() ?? 0
    }
}

/// The names outside and what is said of them.
struct ReferenceWorld {
    static let corporate = "corp.example."
    static let publicSuffix = "azurecr.io."
    static let privateSuffix = "privatelink.azurecr.io."

    /// What each group says: 0 the servers of the root, 1 those of `corporate`.
    private(set) var truth: [[String: Truth]] = [[:], [:]]
    /// The names that clients ask for.
    private(set) var names: [String] = []

    init(_ dice: inout Dice) {
        let times: [UInt32] = [0, 1, 5, 30, 300]
        for number in 0..<6 {
            for infix in ["", ".westeurope.data", ".northeurope.data"] {
                let left = "r\(number)\(infix)"
                let name = "\(left).\(Self.publicSuffix)"
                names.append(name)
                let privateName = "\(left).\(Self.privateSuffix)"
                let place = "fe\(number).cloudapp.example.net."
                if dice.happens(50) {
                    truth[0][name] = .alias(privateName, ttl: dice.pick(from: times))
                    truth[0][privateName] = .alias(place, ttl: 60)
                    names.append(privateName)
                } else {
                    truth[0][name] = .alias(place, ttl: dice.pick(from: times))
                }
                truth[0][place] = .addresses(ttl: dice.pick(from: times))
            }
        }
        for number in 0..<8 {
            let name = "w\(number).example.com."
            names.append(name)
            truth[0][name] =
                switch dice.below(8) {
                case 0: .alias("w\((number + 1) % 8).example.com.", ttl: dice.pick(from: times))
                case 1: .alias("n\(number % 4).\(Self.corporate)", ttl: dice.pick(from: times))
                case 2: .alias("a.local.example.", ttl: dice.pick(from: times))
                case 3: .alias("r\(number % 6).\(Self.publicSuffix)", ttl: dice.pick(from: times))
                case 4: .nothing
                default: .addresses(ttl: dice.pick(from: times))
                }
        }
        names += ["missing.example.com.", "a.missing.example.com."]
        for number in 0..<4 {
            let name = "n\(number).\(Self.corporate)"
            names.append(name)
            truth[1][name] =
                dice.happens(30)
                ? .alias("w\(number).example.com.", ttl: 30)
                : .addresses(ttl: dice.pick(from: times))
            // What the root's servers say of these names is to be believed by nobody.
            truth[0][name] = .addresses(ttl: 300)
        }
        names.append("none.\(Self.corporate)")
        names += ["a", "b", "c", "e", "x.e", "x.wild", "gone"].map { "\($0).local.example." }
        truth[0]["a.local.example."] = .addresses(ttl: 300)
    }

    /// What a server of `group` says at `second`, aliases followed as far as it knows them.
    func answer(_ group: Int, _ name: String, _ type: UInt16, at second: UInt64) -> PlainAnswer {
        var answer = PlainAnswer()
        var owner = name
        var seen: Set<String> = []
        while true {
            switch truth[group][owner] {
            case .alias(let target, let ttl):
                let record = PlainRecord(
                    owner: owner, type: PlainType.cname, ttl: ttl, content: target)
                answer.hops.append([record])
                if type == PlainType.cname { return answer }
                if !seen.insert(owner).inserted || answer.hops.count > 17 { return answer }
                owner = target
            case .addresses(let ttl) where type == PlainType.a:
                answer.hops.append([
                    PlainRecord(
                        owner: owner, type: PlainType.a, ttl: ttl,
                        content: Self.address(group, owner, second))
                ])
                return answer
            case .addresses, .nothing:
                return deny(answer, 0, owner)
            case nil:
                let exists = truth[group].keys.contains { $0.hasSuffix("." + owner) }
                return deny(answer, exists ? 0 : 3, owner)
            }
        }
    }

    private func deny(_ answer: PlainAnswer, _ code: UInt16, _ owner: String) -> PlainAnswer {
        var answer = answer
        answer.code = code
        let zone = owner.split(separator: ".").suffix(2).joined(separator: ".") + "."
        answer.start = PlainRecord(owner: zone, type: PlainType.soa, ttl: 20, content: "00000014")
        return answer
    }

    /// An address that tells who said it of which name, and when.
    private static func address(_ group: Int, _ name: String, _ second: UInt64) -> String {
        let number = name.utf8.reduce(UInt64(17)) { ($0 &* 31 &+ UInt64($1)) % 251 }
        return "\(group == 0 ? "198.51" : "203.0").\(number).\(second / 40 % 250)"
    }
}
