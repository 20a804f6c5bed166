// Settings and requests to a running daemon: text that people write, which is taken or refused with every mistake in
// its place, and never anything else.

import Control
import FuzzSupport
import Settings

/// One run of libFuzzer.
@c(fuzz_settings)
public func fuzzSettings(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let text = input.rest()
    readSettings(text)
    readCall(text)
    return 0
}

private func readSettings(_ text: [UInt8]) {
    do throws(SettingsMistakes) {
        let settings = try SettingsReader.read(text, file: "dir/file.yaml")
        check((try? SettingsReader.read(text, file: "dir/file.yaml")) == settings, "not the same")
        check(settings.changedRestartKeys(from: settings).isEmpty, "changed without a change")
        for zone in settings.forward { check(zone.servers.count <= text.count, "servers") }
    } catch {
        check(!error.mistakes.isEmpty, "refused without a mistake")
        var before = (line: 1, column: 0)
        for mistake in error.mistakes {
            check(mistake.line >= 1 && mistake.column >= 1, "a place before the first")
            check(
                (mistake.line, mistake.column) >= before, "mistakes out of order: \(error)")
            check(!mistake.sentence.isEmpty, "a mistake without a sentence")
            before = (mistake.line, mistake.column)
        }
    }
}

private func readCall(_ text: [UInt8]) {
    _ = try? ControlAnswerHead(line: text)
    guard let call = try? ControlCall(line: text), let line = try? call.encoded() else { return }
    check(
        (try? ControlCall(line: Array(line.dropLast()))) == call, "a request that does not return")
}
