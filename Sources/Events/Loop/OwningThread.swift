// The thread that owns a loop and the state that its closures share. Debug builds compare it with
// the current one at each use; in release it is empty and costs nothing, not even room.

internal import Glibc

/// The thread that something was made on, which is the only one that may use it.
struct OwningThread: Sendable {
    #if DEBUG
        private let identity = pthread_self()
    #endif

    /// Ends the process in a debug build when the current thread is another one.
    @inline(__always)
    func check() {
        #if DEBUG
            precondition(
                pthread_equal(identity, pthread_self()) != 0,
                "used on another thread than the one that it was made on")
        #endif
    }
}
