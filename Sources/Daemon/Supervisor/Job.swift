// Work that a control request waits for.

internal import Control
internal import DNSWire
internal import Transport

/// A request that waits for workers.
enum Job {
    /// What is made of the workers' figures.
    enum Purpose {
        case status(ControlCaller)
        case cache(ControlCaller)
        case forward(ControlCaller)
        case statistics(ControlCaller)
        case metrics(ConnectionHandle)
        case log
        case watchdog
    }

    /// The figures so far, and how many workers are still to give theirs.
    case count(Purpose, [Int: WorkerFigures], missing: Int)
    case explain(ControlCaller, name: Name, type: RecordType, started: UInt64)
    /// A preview of a reload: the queries so far, and how many workers have not reported theirs
    /// yet.
    case preview(ControlCaller, Set<AskedQuestion>, missing: Int)
}
