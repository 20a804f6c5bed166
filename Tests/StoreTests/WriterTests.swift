// The writer: stopped at every step it leaves the old zone or the new one, whole; two at once lose nothing; owner,
// mode and history are kept.

import DNSWire
import Files
import Foundation
import Glibc
import Store
import Testing
import Zones

/// A store with one zone, and the one change that these tests make.
enum CrashScene {
    static let old = "$TTL 5\n@ SOA ns host 1 1 2 3 4\na A 10.0.0.1\n"
    static let new = "$TTL 5\n@ SOA ns host 2 1 2 3 4\na A 10.0.0.2\n"

    static func directory(_ path: String, _ changes: any FileChanges) -> ZoneDirectory {
        ZoneDirectory(path, changes: changes, clock: { fixedTime })
    }

    /// Changes the address of `a`.
    static func change(_ directory: ZoneDirectory) throws {
        let origin = try Name(text: "example.")
        let key = RecordSetKey(owner: try Name(text: "a.example."), type: .a)
        let writer = try directory.lock()
        _ = try writer.update(origin) { content throws(StoreError) in
            guard var content else { throw .noZone(origin) }
            content.sets[key]?.data = [[10, 0, 0, 2]]
            return content
        }
    }

    /// How many steps the change has.
    static func stepCount() throws -> Int {
        let scratch = try TemporaryDirectory()
        try scratch.write(old, to: "example.zone")
        let changes = FaultyFileChanges(.diskFull, at: 0)
        try change(directory(scratch.path, changes))
        return changes.count
    }
}

@Suite struct WriterTests {
    let scratch: TemporaryDirectory
    let origin: Name

    init() throws {
        scratch = try TemporaryDirectory()
        origin = try Name(text: "example.")
    }

    /// What must hold whenever a writer was stopped: the zone is the old one or the new one, there is no other
    /// zone, every kept version is a whole one, and the next writer has no trouble.
    private func expectWhole(_ step: Int) throws {
        let text = try scratch.text(of: "example.zone")
        #expect(text == CrashScene.old || text == CrashScene.new, "step \(step)")
        let directory = CrashScene.directory(scratch.path, SystemFileChanges())
        #expect(try directory.zones().map(\.file) == ["example.zone"])
        for version in directory.versions(of: origin) {
            let kept = String(decoding: try directory.text(of: version), as: UTF8.self)
            #expect(kept == CrashScene.old, "step \(step)")
        }
        try CrashScene.change(directory)
        #expect(try scratch.text(of: "example.zone") == CrashScene.new)
        let versions = directory.versions(of: origin)
        #expect(versions.count == 1, "step \(step)")
        #expect(
            try Files.list(scratch.path).filter { $0 != ".history" } == ["example.zone"],
            "step \(step)")
        #expect(try Files.list("\(scratch.path)/.history/example").count == 1)
    }

    @Test func fullDiskAtEachStep() throws {
        let count = try CrashScene.stepCount()
        #expect(count >= 14)
        var failures = 0
        for step in 1...count {
            try? FileManager.default.removeItem(atPath: "\(scratch.path)/.history")
            try scratch.write(CrashScene.old, to: "example.zone")
            let changes = FaultyFileChanges(.diskFull, at: step)
            do {
                try CrashScene.change(CrashScene.directory(scratch.path, changes))
            } catch let error as StoreError {
                failures += 1
                #expect("\(error)".contains("No space left on device"))
                let isDone = if case .notSettled = error { true } else { false }
                let text = try scratch.text(of: "example.zone")
                #expect(text == (isDone ? CrashScene.new : CrashScene.old), "step \(step)")
            }
            try expectWhole(step)
        }
        #expect(failures == count)
    }

    @Test(arguments: [FaultyFileChanges.Fault.killedBefore, .killedAfter])
    func killAtEachStep(_ fault: FaultyFileChanges.Fault) async throws {
        for step in 1...(try CrashScene.stepCount()) {
            try? FileManager.default.removeItem(atPath: "\(scratch.path)/.history")
            try scratch.write(CrashScene.old, to: "example.zone")
            let path = scratch.path
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [
                    path = path as String, fault = fault as FaultyFileChanges.Fault,
                    step = step as Int
                ] in
                let changes = FaultyFileChanges(fault, at: step)
                try CrashScene.change(CrashScene.directory(path, changes))
            }
            try expectWhole(step)
        }
    }

    /// Wherever a deletion was stopped: a missing file is recorded as deleted.
    private func expectRecorded(_ step: Int) throws {
        let directory = CrashScene.directory(scratch.path, SystemFileChanges())
        if try directory.path(of: origin) == nil {
            #expect(directory.deletionTime(of: origin) == fixedTime, "step \(step)")
        } else {
            #expect(try scratch.text(of: "example.zone") == CrashScene.old)
            try directory.lock().delete(origin)
        }
        #expect(directory.recordedDeletions() == [origin])
        #expect(try Files.list("\(scratch.path)/.history/.deleted").count == 1)
    }

    private func deletionStepCount() throws -> Int {
        try scratch.write(CrashScene.old, to: "example.zone")
        let changes = FaultyFileChanges(.diskFull, at: 0)
        try CrashScene.directory(scratch.path, changes).lock().delete(origin)
        return changes.count
    }

    @Test func aDeletionIsOnRecordBeforeTheFileGoes() throws {
        let count = try deletionStepCount()
        #expect(count >= 16)
        for step in 1...count {
            try? FileManager.default.removeItem(atPath: "\(scratch.path)/.history")
            try scratch.write(CrashScene.old, to: "example.zone")
            let changes = FaultyFileChanges(.diskFull, at: step)
            #expect(throws: StoreError.self) {
                try CrashScene.directory(scratch.path, changes).lock().delete(origin)
            }
            try expectRecorded(step)
        }
    }

    @Test(arguments: [FaultyFileChanges.Fault.killedBefore, .killedAfter])
    func aDeletionThatIsKilled(_ fault: FaultyFileChanges.Fault) async throws {
        for step in 1...(try deletionStepCount()) {
            try? FileManager.default.removeItem(atPath: "\(scratch.path)/.history")
            try scratch.write(CrashScene.old, to: "example.zone")
            let path = scratch.path
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [
                    path = path as String, fault = fault as FaultyFileChanges.Fault,
                    step = step as Int
                ] in
                let changes = FaultyFileChanges(fault, at: step)
                try CrashScene.directory(path, changes).lock().delete(Name(text: "example."))
            }
            try expectRecorded(step)
        }
    }

    @Test func writersAtOnceLoseNothing() async throws {
        try scratch.write(CrashScene.old, to: "example.zone")
        let path = scratch.path
        let origin = origin
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...4 {
                group.addTask {
                    for number in 1...10 {
                        let owner = try Name(text: "w\(writer)-\(number)", origin: origin)
                        let lock = try ZoneDirectory(path, patience: 60_000).lock()
                        _ = try lock.update(origin) { content throws(StoreError) in
                            guard var content else { throw .noZone(origin) }
                            content.sets[RecordSetKey(owner: owner, type: .a)] =
                                RecordSetContent(
                                    ttl: 5, data: [[10, 0, UInt8(writer), UInt8(number)]])
                            return content
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let content = try #require(try ZoneDirectory(path).content(of: origin))
        #expect(content.sets.count == 42)
        #expect(content.serial == 41)
        #expect(ZoneDirectory(path).versions(of: origin).count == ZoneDirectory.keptVersions)
    }

    @Test func aWriterThatDoesNotEndIsTold() throws {
        let held = try ZoneDirectory(scratch.path).lock()
        let error = #expect(throws: StoreError.self) {
            _ = try ZoneDirectory(scratch.path, patience: 40).lock()
        }
        #expect("\(try #require(error))".contains("locked"))
        _ = consume held
        // A program that another test starts has the descriptor too, until it is on its way.
        _ = try ZoneDirectory(scratch.path).lock()
    }

    @Test func aChangeBySomebodyElseIsNoticed() throws {
        try scratch.write(CrashScene.old, to: "example.zone")
        let writer = try ZoneDirectory(scratch.path).lock()
        let other = CrashScene.old + "; an editor was faster\n"
        let error = #expect(throws: StoreError.self) {
            _ = try writer.update(origin) { content throws(StoreError) in
                guard var content else { throw .noZone(origin) }
                try? scratch.write(other, to: "example.zone")
                content.sets = content.sets.filter { $0.key.type == .soa }
                return content
            }
        }
        #expect("\(try #require(error))".contains("another program"))
        #expect(try scratch.text(of: "example.zone") == other)
    }

    @Test func ownerModeAndLinkAreKept() throws {
        let real = "\(scratch.path)/real"
        try FileManager.default.createDirectory(
            atPath: real, withIntermediateDirectories: false)
        try scratch.write(CrashScene.old, to: "real/example.zone")
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/example.zone", withDestinationPath: "real/example.zone")
        unsafe chmod("\(real)/example.zone", 0o640)
        let isRoot = geteuid() == 0
        if isRoot { unsafe chown("\(real)/example.zone", 12, 34) }
        try CrashScene.change(CrashScene.directory(scratch.path, SystemFileChanges()))
        let attributes = try FileAttributes(of: "\(real)/example.zone")
        #expect(attributes.mode == 0o640)
        if isRoot { #expect(attributes.owner == 12 && attributes.group == 34) }
        #expect(try scratch.text(of: "example.zone") == CrashScene.new)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(
                atPath: "\(scratch.path)/example.zone") == "real/example.zone")
    }
}
