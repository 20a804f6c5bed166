// How threads talk: messages in a locked list, and a wake-up that the receiver's loop watches. Nothing else is
// shared but the snapshot and the cache.

internal import Events
internal import Synchronization

/// Messages for one thread.
final class Mailbox<Message: Sendable>: Sendable {
    /// What the receiver's loop watches.
    let wakeup: Wakeup
    private let messages = Mutex<[Message]>([])

    /// An empty mailbox.
    init(wakeup: Wakeup) { self.wakeup = wakeup }

    /// Adds a message and wakes the receiver.
    func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        wakeup.signal()
    }

    /// Takes all messages, oldest first.
    func take() -> [Message] {
        messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
