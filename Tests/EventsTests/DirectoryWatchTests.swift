// The directory watch: what counts as a change, what does not, and that a change is reported once
// it is complete.

import Events
import Foundation
import Testing

/// A directory of one test, and the watch on it.
private final class WatchedDirectory {
    /// Long enough that what one test does without waiting falls into one burst.
    static let quiet: UInt64 = 40_000_000

    let loop: EventLoop
    let top: URL
    let calls = Count()
    private var watch: DirectoryWatch?

    var zones: URL { top.appending(path: "zones") }

    /// Watches `zones` below a new directory; with `exists` it is there already.
    init(exists: Bool = true, maximum: UInt64 = 2_000_000_000) throws {
        loop = try EventLoop()
        top = URL(filePath: NSTemporaryDirectory()).resolvingSymlinksInPath()
            .appending(path: "watch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: top, withIntermediateDirectories: true)
        if exists { try makeDirectory("zones") }
        watch = try DirectoryWatch(
            loop, path: zones.path(), quiet: Self.quiet, maximum: maximum
        ) { [calls] in calls.value += 1 }
    }

    deinit {
        watch = nil
        try? FileManager.default.removeItem(at: top)
    }

    var unclosedFiles: Set<String> { watch?.unclosedFiles ?? [] }

    func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(
            at: top.appending(path: path), withIntermediateDirectories: false)
    }

    func write(_ path: String, _ text: String = "x") throws {
        try Data(text.utf8).write(to: top.appending(path: path))
    }

    func move(_ from: String, _ to: String) throws {
        let result = unsafe rename(
            top.appending(path: from).path(), top.appending(path: to).path())
        try #require(result == 0)
    }

    func remove(_ path: String) throws {
        try FileManager.default.removeItem(at: top.appending(path: path))
    }

    /// Waits until the watch was called once more, and sees that it is not called again.
    func expectCall(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let before = calls.value
        try loop.turn(until: { calls.value > before }, sourceLocation: sourceLocation)
        try loop.settle(milliseconds: Self.quiet / 500_000)
        #expect(calls.value == before + 1, sourceLocation: sourceLocation)
    }

    /// Waits twice as long as it takes to report a change.
    func expectNoCall(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let before = calls.value
        try loop.settle(milliseconds: Self.quiet / 500_000)
        #expect(calls.value == before, sourceLocation: sourceLocation)
    }
}

@Suite struct DirectoryWatchTests {
    @Test("what happened before there was a loop counts")
    func before() throws {
        let top = URL(filePath: NSTemporaryDirectory()).resolvingSymlinksInPath()
            .appending(path: "watch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: top, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: top) }
        let watched = try Events.WatchedDirectory(top.path())
        try Data("x".utf8).write(to: top.appending(path: "a.zone"))
        let loop = try EventLoop()
        let calls = Count()
        let watch = try DirectoryWatch(loop, watched, quiet: 40_000_000) { calls.value += 1 }
        try loop.turn(until: { calls.value > 0 })
        #expect(watch.unclosedFiles.isEmpty)
    }

    @Test("a file that was written, renamed or removed is one change each")
    func files() throws {
        let directory = try WatchedDirectory()
        try directory.expectNoCall()
        try directory.write("zones/a.zone")
        try directory.expectCall()
        try directory.move("zones/a.zone", "zones/b.zone")
        try directory.expectCall()
        try directory.write("zones/b.zone", "y")
        try directory.expectCall()
        try directory.remove("zones/b.zone")
        try directory.expectCall()
        try directory.write("outside")
        try directory.expectNoCall()
        try directory.move("outside", "zones/c.zone")
        try directory.expectCall()
        try directory.move("zones/c.zone", "outside")
        try directory.expectCall()
    }

    @Test("many changes at once are one")
    func burst() throws {
        let directory = try WatchedDirectory()
        for number in 0..<50 { try directory.write("zones/\(number).zone") }
        try directory.expectCall()
    }

    @Test("a file that is being written counts once it is closed")
    func unclosed() throws {
        let directory = try WatchedDirectory()
        let path = directory.zones.appending(path: "a.zone").path()
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        var octet: UInt8 = 1
        for _ in 0..<3 {
            let count = unsafe Glibc.write(file, &octet, 1)
            #expect(count == 1)
            try directory.expectNoCall()
        }
        #expect(directory.unclosedFiles == [path])
        close(file)
        try directory.expectCall()
        #expect(directory.unclosedFiles.isEmpty)
    }

    @Test("names with a dot first are nobody's zones, but a link among them may lead to one")
    func dotNames() throws {
        let directory = try WatchedDirectory()
        try directory.write("zones/.a.zone.swp")
        try directory.remove("zones/.a.zone.swp")
        try directory.makeDirectory("zones/.git")
        try directory.expectNoCall()
        let link = directory.zones.appending(path: "..data")
        try FileManager.default.createSymbolicLink(
            atPath: link.path(), withDestinationPath: "version-1")
        try directory.expectCall()
        // An editor's file becomes the zone.
        try directory.write("zones/.a.zone.new")
        try directory.expectNoCall()
        try directory.move("zones/.a.zone.new", "zones/a.zone")
        try directory.expectCall()
    }

    @Test("directories below are watched, those made later too")
    func subdirectories() throws {
        let directory = try WatchedDirectory()
        try directory.makeDirectory("zones/include")
        try directory.expectCall()
        try directory.write("zones/include/more")
        try directory.expectCall()
        try directory.makeDirectory("zones/include/deep")
        try directory.expectCall()
        try directory.write("zones/include/deep/more")
        try directory.expectCall()
    }

    @Test("the directory may come, go, and be replaced")
    func replacement() throws {
        let directory = try WatchedDirectory(exists: false)
        try directory.expectNoCall()
        try directory.write("neighbour")
        try directory.expectNoCall()
        try directory.makeDirectory("zones")
        try directory.expectCall()
        try directory.write("zones/a.zone")
        try directory.expectCall()

        try directory.makeDirectory("other")
        try directory.write("other/a.zone")
        try directory.move("zones", "old")
        try directory.move("other", "zones")
        try directory.expectCall()
        try directory.write("old/a.zone", "y")
        try directory.expectNoCall()
        try directory.write("zones/b.zone")
        try directory.expectCall()

        try directory.remove("zones")
        try directory.expectCall()
    }

    @Test("changes that never pause are told all the same, at the latest after the maximum")
    func neverQuiet() throws {
        let directory = try WatchedDirectory(maximum: 200_000_000)
        let changes = Count()
        let held = Box<TimerEvent>(nil)
        held.event = try TimerEvent(directory.loop) {
            changes.value += 1
            try? directory.write("zones/\(changes.value % 7).zone")
            held.event?.arm(afterNanoseconds: 5_000_000)
        }
        let start = SystemClock.elapsed()
        held.event?.arm(afterNanoseconds: 0)
        try directory.loop.turn { directory.calls.value == 1 }
        #expect(SystemClock.elapsed() - start >= 180_000_000)
        try directory.loop.turn { directory.calls.value == 3 }
        held.event = nil
        try directory.write("zones/last.zone")
        try directory.expectCall()
    }
}
