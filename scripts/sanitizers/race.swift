// A program that shows what ThreadSanitizer sees here: with `locked`, two threads count under a mutex for which
// they compete; without, they count under nothing, which must be reported.

import Foundation
import Synchronization

final class Counter: @unchecked Sendable {
    let mutex = Mutex(())
    var count = 0
}

let counter = Counter()
let isLocked = CommandLine.arguments.contains("locked")
let threads = (0..<2).map { _ in
    let thread = Thread {
        for _ in 0..<20_000 {
            if isLocked {
                counter.mutex.withLock { _ in counter.count += 1 }
            } else {
                counter.count += 1
            }
        }
    }
    thread.start()
    return thread
}
for thread in threads {
    while !thread.isFinished { sched_yield() }
}
print(counter.mutex.withLock { _ in counter.count } > 0 ? "counted" : "nothing")
