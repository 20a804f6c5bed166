// A disk that is full, or a process that is killed, at a chosen step of a writer. After a kill nothing more happens,
// not even what a writer would do to clean up.

import Files
import Foundation
import Glibc
import Synchronization

/// The system's operations, until one of them goes wrong.
final class FaultyFileChanges: FileChanges {
    enum Fault: String, Codable, CaseIterable, Sendable {
        /// The disk is full: this step fails, those after it do not.
        case diskFull
        /// The process is killed before the step.
        case killedBefore
        /// The process is killed half way through a write, or just after any other step.
        case killedAfter
    }

    private let system = SystemFileChanges()
    private let fault: Fault
    private let faultyStep: Int
    private let steps = Mutex(0)

    /// Operations of which the one numbered `step`, from 1, goes wrong.
    init(_ fault: Fault, at step: Int) {
        self.fault = fault
        faultyStep = step
    }

    /// How many operations were asked for.
    var count: Int { steps.withLock { $0 } }

    private func step(
        _ path: String, _ body: () throws(FileError) -> Void
    ) throws(FileError) {
        let number = steps.withLock {
            $0 += 1
            return $0
        }
        guard number == faultyStep else { return try body() }
        switch fault {
        case .diskFull: throw FileError("write", path, number: ENOSPC)
        case .killedBefore: kill(getpid(), SIGKILL)
        case .killedAfter:
            try body()
            kill(getpid(), SIGKILL)
        }
    }

    func create(_ path: String, _ attributes: FileAttributes) throws(FileError) -> NewFile {
        var file: NewFile? = nil
        try step(path) { () throws(FileError) in file = try system.create(path, attributes) }
        guard let file else { throw FileError("write", path, number: ENOSPC) }
        return file
    }

    func write(_ octets: [UInt8], to file: NewFile) throws(FileError) {
        let half = Array(octets.prefix(octets.count / 2))
        do throws(FileError) {
            try step("half a file") { () throws(FileError) in
                try system.write(half, to: file)
            }
        } catch {
            // A full disk takes what it has room for.
            try system.write(half, to: file)
            throw error
        }
        try system.write(Array(octets.dropFirst(half.count)), to: file)
    }

    func setModified(_ nanoseconds: Int64, of file: NewFile) throws(FileError) {
        try step("") { () throws(FileError) in try system.setModified(nanoseconds, of: file) }
    }

    func synchronize(_ file: NewFile) throws(FileError) {
        try step("") { () throws(FileError) in try system.synchronize(file) }
    }

    func close(_ file: NewFile) { system.close(file) }

    func rename(_ path: String, to target: String) throws(FileError) {
        try step(target) { () throws(FileError) in try system.rename(path, to: target) }
    }

    func remove(_ path: String) throws(FileError) {
        try step(path) { () throws(FileError) in try system.remove(path) }
    }

    func makeDirectory(_ path: String, _ attributes: FileAttributes) throws(FileError) {
        try step(path) { () throws(FileError) in try system.makeDirectory(path, attributes) }
    }

    func synchronizeDirectory(_ path: String) throws(FileError) {
        try step(path) { () throws(FileError) in try system.synchronizeDirectory(path) }
    }
}
