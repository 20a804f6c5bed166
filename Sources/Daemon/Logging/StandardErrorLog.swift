// Writes log lines to standard error: time, level and message. The service manager stores them.
// `unsafe` marks three system calls, whose arguments are a literal, a local variable, and an array
// that outlives the call.

internal import Control
internal import Events
internal import Glibc
internal import Logging
internal import Synchronization

/// Writes each message as one line.
struct StandardErrorLog: LogHandler {
    /// The least level that is logged, which all copies of a handler share: a reload changes it for the workers.
    private final class Threshold: Sendable {
        let index: Atomic<Int>
        init(_ level: Logger.Level) { index = Atomic(StandardErrorLog.index(of: level)) }
    }

    private let threshold: Threshold
    var metadata: Logger.Metadata = [:]

    /// A log of messages of at least `logLevel`.
    init(logLevel: Logger.Level) { threshold = Threshold(logLevel) }

    var logLevel: Logger.Level {
        get { Logger.Level.allCases[threshold.index.load(ordering: .relaxed)] }
        nonmutating set { threshold.index.store(Self.index(of: newValue), ordering: .relaxed) }
    }

    private static func index(of level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = "\(Self.timestamp(seconds: SystemClock.wallSeconds())) \(event.level): "
        // A name that a client chose must not end the line.
        let message = "\(event.message)".split(whereSeparator: \.isNewline).joined(separator: " ")
        line += VisibleText.escaped(message, keepsLayout: false)
        Self.write(Array(line.utf8.prefix(Self.longestLine - 1)) + [UInt8(ascii: "\n")])
    }

    /// PIPE_BUF; what is longer is cut.
    private static let longestLine = 4_096

    private static let lost = Atomic<Int>(0)

    /// Lines that were dropped because standard error took no more.
    static var lostLines: Int { lost.load(ordering: .relaxed) }

    /// Opens what the caller has closed of the three standard descriptors: else a socket would be given the
    /// number that lines are written to.
    static func secureDescriptors() {
        while true {
            let descriptor = unsafe open("/dev/null", O_RDWR)
            if descriptor < 0 { return }
            if descriptor > STDERR_FILENO {
                close(descriptor)
                return
            }
        }
    }

    /// Writes without waiting: a reader that sleeps must not stop a worker.
    ///
    /// A pipe that is writable takes a line of up to PIPE_BUF bytes whole, and no line is longer.
    private static func write(_ octets: [UInt8]) {
        var state = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&state, 1, 0) == 1, state.revents & Int16(POLLOUT) != 0 else {
            lost.add(1, ordering: .relaxed)
            return
        }
        _ = unsafe octets.withUnsafeBytes {
            unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count)
        }
    }

    /// `2026-11-24T01:02:03Z`.
    static func timestamp(seconds: UInt64) -> String {
        // Days to a date of the Gregorian calendar, in eras of 400 years that begin on 1 March.
        let days = Int(seconds / 86_400) + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let time = Int(seconds % 86_400)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(year)-\(two(month))-\(two(day))T\(two(time / 3_600)):"
            + "\(two(time / 60 % 60)):\(two(time % 60))Z"
    }
}
