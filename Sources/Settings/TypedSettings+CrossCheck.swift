// What two values say together: duplicates, contradictions and loops that the file alone shows. What
// needs the zones, such as a link whose private side no zone holds, is checked by whoever has them.

import Addresses
import DNSWire

extension TypedSettings {
    /// Notes every contradiction.
    func crossCheck(_ mistakes: inout MistakeList) {
        checkListeners(&mistakes)
        checkLinks(&mistakes)
        checkForwardZones(&mistakes)
    }

    private func checkListeners(_ mistakes: inout MistakeList) {
        let listeners = endpoints(values["listen"])
        for (endpoint, mark) in listeners where !endpoint.address.isUnspecified {
            let covering = listeners.first {
                $0.0.address.isUnspecified && $0.0.port == endpoint.port && endpoint.port != 0
                    && $0.0.address.isIPv6 == endpoint.address.isIPv6
            }
            if let covering {
                mistakes.add(
                    "`\(endpoint)` is within `\(covering.0)`, which is listened on too.", at: mark)
            }
        }
    }

    private func checkLinks(_ mistakes: inout MistakeList) {
        var pairs: Set<[Name]> = []
        var policies: [Name: (policy: [String?], line: Int)] = [:]
        for (record, mark) in records("links") {
            guard let publicSuffix = name(record["public"]),
                let privateSuffix = name(record["private"])
            else { continue }
            let privateMark = record["private"]?.mark ?? mark
            if publicSuffix == privateSuffix {
                mistakes.add("`private` is the same name as `public`.", at: privateMark)
            } else if publicSuffix.isAtOrBelow(privateSuffix) {
                mistakes.add(
                    "`private` is above `public`, so that counterparts would be linked again.",
                    at: privateMark)
            }
            if !pairs.insert([publicSuffix, privateSuffix]).inserted {
                mistakes.add(
                    "`\(publicSuffix)` is linked with `\(privateSuffix)` already.", at: mark)
                continue
            }
            let policy = [word(record["when-missing"]), word(record["owned-missing"])]
            if let earlier = policies[privateSuffix], earlier.policy != policy {
                mistakes.add(
                    "This link and the one in line \(earlier.line) share `\(privateSuffix)`, so they "
                        + "must agree on `when-missing` and `owned-missing`.", at: mark)
            } else {
                policies[privateSuffix] = (policy, mark.line)
            }
            checkLoops(record["fallback"], &mistakes)
        }
    }

    private func checkForwardZones(_ mistakes: inout MistakeList) {
        var zones: Set<Name> = []
        for (record, _) in records("forward") {
            if let zone = record["zone"], let name = name(zone), !zones.insert(name).inserted {
                mistakes.add("`\(name)` is forwarded already.", at: zone.mark)
            }
            checkLoops(record["servers"], &mistakes)
            guard case .address(let source) = record["source-address"]?.value else { continue }
            for (server, mark) in endpoints(record["servers"])
            where server.address.isIPv6 != source.isIPv6 {
                mistakes.add(
                    "`\(server)` cannot be asked from `\(source)`, which is of the other family.",
                    at: mark)
            }
        }
    }

    /// Notes servers that are the daemon itself.
    private func checkLoops(_ servers: TypedValue?, _ mistakes: inout MistakeList) {
        let own = Set(endpoints(values["listen"]).map(\.0))
        for (server, mark) in endpoints(servers) where own.contains(server) {
            mistakes.add("`\(server)` is listened on, so the daemon would ask itself.", at: mark)
        }
    }

    // MARK: Reading values

    private func records(_ path: String) -> [([String: TypedValue], SettingsMark)] {
        guard case .list(let members) = values[path]?.value else { return [] }
        return members.compactMap { member in
            if case .record(let record) = member.value { (record, member.mark) } else { nil }
        }
    }

    private func endpoints(_ value: TypedValue?) -> [(Endpoint, SettingsMark)] {
        guard case .list(let members) = value?.value else { return [] }
        return members.compactMap { member in
            if case .endpoint(let endpoint) = member.value { (endpoint, member.mark) } else { nil }
        }
    }

    private func name(_ value: TypedValue?) -> Name? {
        if case .name(let name) = value?.value { name } else { nil }
    }

    private func word(_ value: TypedValue?) -> String? {
        if case .text(let word) = value?.value { word } else { nil }
    }
}
