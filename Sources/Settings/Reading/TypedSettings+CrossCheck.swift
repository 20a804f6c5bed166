// What two values say together: duplicates, contradictions and loops that the file alone shows.
// What needs the zones, such as a link without a private zone, is checked by code that has them.

import Addresses
import DNSWire

extension TypedSettings {
    /// Notes every contradiction.
    func crossCheck(_ mistakes: inout MistakeList) {
        checkListeners(&mistakes)
        checkAccess(&mistakes)
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
                    "`\(endpoint)` is within `\(covering.0)`, which is also a listener.", at: mark)
            }
        }
        guard let metrics = values["metrics.listen"], case .endpoint(let endpoint) = metrics.value,
            let taken = listeners.first(where: { Self.overlap($0.0, endpoint) })
        else { return }
        mistakes.add(
            "`\(endpoint)` cannot serve metrics: DNS is served on `\(taken.0)`.", at: metrics.mark
        )
    }

    /// Notes lists that hold everybody, where that is not said to be meant.
    private func checkAccess(_ mistakes: inout MistakeList) {
        guard values["access.open"]?.value != .boolean(true) else { return }
        let lists =
            [values["access.allow"]]
            + records("listen").map { record, _ in record["access.allow"] }
        for list in lists {
            guard case .list(let members) = list?.value, let mark = list?.mark else { continue }
            let prefixes = members.compactMap { member in
                if case .prefix(let prefix) = member.value { prefix } else { nil }
            }
            guard let family = PrefixSet(prefixes).wholeFamily else { continue }
            mistakes.add(
                "This list holds all of \(family), so that anybody may ask and attack others by it; "
                    + "`access.open: true` says that it is meant.", at: mark)
        }
    }

    /// Whether two sockets of the same protocol cannot have both.
    private static func overlap(_ left: Endpoint, _ right: Endpoint) -> Bool {
        left.port == right.port && left.port != 0 && left.address.isIPv6 == right.address.isIPv6
            && (left.address == right.address || left.address.isUnspecified
                || right.address.isUnspecified)
    }

    private func checkLinks(_ mistakes: inout MistakeList) {
        var pairs: Set<[Name]> = []
        var policies: [Name: (policy: [String?], line: Int)] = [:]
        for (record, mark) in records("links") {
            checkLoops(record["fallback"], &mistakes)
            guard let suffixes = suffixes(record, at: mark, &mistakes) else { continue }
            if record["service"] == nil {
                checkPair(suffixes[0], at: record["private"]?.mark ?? mark, &mistakes)
                let pair = [suffixes[0].public, suffixes[0].private]
                if !pairs.insert(pair).inserted {
                    mistakes.add("`\(pair[0])` is already linked to `\(pair[1])`.", at: mark)
                    continue
                }
            }
            let policy = [word(record["when-missing"]), word(record["owned-missing"])]
            for privateSuffix in Set(suffixes.map(\.private)).sorted() {
                guard let earlier = policies[privateSuffix], earlier.policy != policy else {
                    policies[privateSuffix] = (policy, mark.line)
                    continue
                }
                mistakes.add(
                    "This link and the one on line \(earlier.line) share `\(privateSuffix)`, so they "
                        + "must agree on `when-missing` and `owned-missing`.", at: mark)
            }
        }
    }

    /// The pairs of suffixes of an entry of `links`; nil, with a mistake, if it has none.
    private func suffixes(
        _ record: [String: TypedValue], at mark: SettingsMark, _ mistakes: inout MistakeList
    ) -> [(public: Name, private: Name)]? {
        let ends = ["public", "private"]
        guard let value = record["service"], let service = word(value) else {
            if let cloud = record["cloud"] {
                mistakes.add("`cloud` needs a `service`.", at: cloud.mark)
            }
            guard let publicSuffix = name(record["public"]),
                let privateSuffix = name(record["private"])
            else { return nil }
            return [(publicSuffix, privateSuffix)]
        }
        for end in ends where record[end] != nil {
            mistakes.add(
                "`\(end)` cannot be combined with `service`.", at: record[end]?.mark ?? mark)
        }
        let cloud = word(record["cloud"]).flatMap { Settings.Cloud(rawValue: $0) } ?? .public
        let rows = LinkServices.rows(service, cloud)
        if rows.isEmpty {
            let isKnown = LinkServices.words.contains(service)
            let fault =
                isKnown
                ? "is not known in the cloud `\(cloud.rawValue)`"
                : "is not a service; `privatelinkctl links` lists them"
            mistakes.add("\(SettingsText.quote(service)) \(fault).", at: value.mark)
            return nil
        }
        return rows.map { ($0.publicSuffix, $0.privateSuffix) }
    }

    private func checkPair(
        _ pair: (public: Name, private: Name), at mark: SettingsMark,
        _ mistakes: inout MistakeList
    ) {
        if pair.public == pair.private {
            mistakes.add("`private` is the same name as `public`.", at: mark)
        } else if pair.public.isAtOrBelow(pair.private) {
            mistakes.add(
                "`private` is above `public`, so counterparts would be linked again.", at: mark
            )
        }
        if NamePattern(pair.public).variables != NamePattern(pair.private).variables {
            mistakes.add("`public` and `private` must have the same labels in braces.", at: mark)
        }
    }

    private func checkForwardZones(_ mistakes: inout MistakeList) {
        var zones: Set<Name> = []
        for (record, _) in records("forward") {
            if let zone = record["zone"], let name = name(zone), !zones.insert(name).inserted {
                mistakes.add("`\(name)` is already forwarded.", at: zone.mark)
            }
            checkLoops(record["servers"], &mistakes)
            guard case .address(let source) = record["source-address"]?.value else { continue }
            for (server, mark) in endpoints(record["servers"])
            where server.address.isIPv6 != source.isIPv6 {
                mistakes.add(
                    "`\(server)` cannot be queried from `\(source)`, which is of the other address family.",
                    at: mark)
            }
        }
    }

    /// Notes servers that are the daemon itself.
    private func checkLoops(_ servers: TypedValue?, _ mistakes: inout MistakeList) {
        let own = endpoints(values["listen"]).map(\.0)
        for (server, mark) in endpoints(servers)
        where own.contains(where: {
            $0 == server || (server.address.isLoopback && Self.overlap($0, server))
        }) {
            mistakes.add("`\(server)` is a listener, so the daemon would query itself.", at: mark)
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
            if let endpoint = member.value.endpoint { (endpoint, member.mark) } else { nil }
        }
    }

    private func name(_ value: TypedValue?) -> Name? {
        if case .name(let name) = value?.value { name } else { nil }
    }

    private func word(_ value: TypedValue?) -> String? {
        if case .text(let word) = value?.value { word } else { nil }
    }
}
