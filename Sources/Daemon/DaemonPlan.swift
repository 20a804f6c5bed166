// The checks before any thread starts: whether the settings are valid, whether the addresses are
// free, and what to serve. Only mistakes in the settings and unavailable addresses end the start.
// `unsafe` marks an environment variable, which is copied before any thread could change it.

internal import Addresses
internal import Control
internal import DNSWire
internal import Events
internal import Files
internal import Glibc
internal import Logging
internal import Resolution
internal import Settings
internal import Transport

/// Makes the plan of a supervisor.
enum DaemonPlan {
    /// Reads everything that a start needs.
    static func make(
        _ settingsFile: String, logger: Logger, takesSignals: Bool,
        source: ZoneSourceMaker = ZoneStore.init(directory:hasher:copies:)
    ) throws(StartError) -> SupervisorPlan {
        let read = SettingsFile.readWithPlaces(settingsFile)
        guard let found = read.found else {
            throw StartError(read.mistakes, isOfSettings: true)
        }
        let settings = found.settings
        var logger = logger
        logger.logLevel = settings.log.loggerLevel
        let descriptorLimit = DescriptorLimit.raise()
        if settings.connectionLimit(descriptors: descriptorLimit) < settings.tcp.connections {
            logger.warning(
                """
                the process may have \(descriptorLimit) descriptors, so it accepts \
                \(settings.connectionLimit(descriptors: descriptorLimit)) TCP connections at a time, \
                not the \(settings.tcp.connections) of tcp.connections
                """)
        }
        let listeners = try claim(settings.listen)
        let hasher = NameHasher(key: SystemRandom.nextUInt64())
        let workers = WorkerCount.count(for: settings.workers)
        let copies = LastGoodCopies(of: settings)
        // What changes while the zones are read is seen.
        let watched = watch(settings, logger)
        var loader = SnapshotLoader(
            settingsFile: settingsFile, settings: found,
            source: source(settings.zones.directory, hasher, copies), copies: copies,
            hasher: hasher, workers: workers)
        let first = loader.loadFirst()
        first.report.log(to: logger)
        do throws(SystemError) {
            return SupervisorPlan(
                settingsFile: SettingsPath(settingsFile), listeners: listeners,
                workerCount: workers, watched: watched, firstLoad: first,
                loader: loader, copies: copies,
                cache: AnswerCache(octets: settings.cache.size), hasher: hasher,
                probeMark: SystemRandom.nextUInt64(),
                mailbox: Mailbox(wakeup: try Wakeup()), logger: logger,
                takesSignals: takesSignals, descriptorLimit: descriptorLimit, ready: try Wakeup())
        } catch {
            throw StartError(["\(error)"])
        }
    }

    private static func watch(_ settings: Settings, _ logger: Logger) -> WatchedDirectory? {
        guard settings.zones.watch else { return nil }
        do throws(SystemError) {
            return try WatchedDirectory(settings.zones.directory)
        } catch {
            logger.warning("the zone directory is not watched: \(error)")
            return nil
        }
    }

    /// Binds each address exclusively and releases it, to detect a second daemon: its sockets,
    /// which share ports as the workers' do, would silently take half of the traffic.
    private static func claim(_ listeners: [Settings.Listener]) throws(StartError) -> [Listener] {
        var failures: [String] = []
        var claimed: [Listener] = []
        for (number, listener) in listeners.enumerated() {
            do throws(ListenError) {
                claimed += try claim(listener.endpoint, number)
            } catch {
                failures.append(sentence(for: error))
            }
        }
        guard failures.isEmpty else { throw StartError(failures) }
        return claimed
    }

    /// DNS needs the same port for UDP and TCP. A port that the system chooses for UDP may be in
    /// use for TCP; it is then asked for another one.
    private static func claim(
        _ endpoint: Endpoint, _ number: Int
    ) throws(ListenError) -> [Listener] {
        var attempts = 16
        while true {
            let datagrams = Listener(endpoint, .dnsOverUDP, number: number)
            let bound = try UDPListener(datagrams, sharing: .exclusive).boundEndpoint
            do throws(ListenError) {
                let streams = Listener(bound, .dnsOverTCP, number: number)
                try ListeningSocket.probe(streams)
                return [Listener(bound, .dnsOverUDP, number: number), streams]
            } catch {
                attempts -= 1
                if endpoint.port != 0 || attempts == 0 { throw error }
            }
        }
    }

    private static func sentence(for error: ListenError) -> String {
        var sentence = "\(error)"
        if error.reason == .inUse, error.listener.endpoint.port == 53, resolvedHoldsPort {
            sentence +=
                "; systemd-resolved's stub listener may hold port 53:"
                + " set DNSStubListener=no in /etc/systemd/resolved.conf and restart it"
        }
        return sentence
    }

    /// The stub's runtime file is there as long as systemd-resolved runs.
    private static var resolvedHoldsPort: Bool {
        (try? FileIdentity(of: "/run/systemd/resolve/stub-resolv.conf")) != nil
    }
}

extension SystemRandom {
    /// Sixty-four random bits.
    static func nextUInt64() -> UInt64 {
        var octets = InlineArray<8, UInt8>(repeating: 0)
        var span = octets.mutableSpan
        fill(&span)
        var bits: UInt64 = 0
        for index in 0..<8 { bits = bits << 8 | UInt64(octets[index]) }
        return bits
    }
}
