// The kernel's random bytes. A generator that hands out numbers from a block of them belongs to
// the modules that need it.

internal import CLinux
internal import Glibc

/// The kernel's source of random bytes.
public enum SystemRandom {
    /// Overwrites all of `octets`.
    ///
    /// Ends the process if the kernel provides none, because continuing without them is not safe.
    public static func fill(_ octets: inout MutableSpan<UInt8>) {
        var done = 0
        while done < octets.count {
            let count = unsafe octets.withUnsafeMutableBufferPointer { buffer in
                guard let start = buffer.baseAddress else { return 0 }
                return unsafe clinux_getrandom(start + done, buffer.count - done)
            }
            if count > 0 {
                done += count
            } else if errno != EINTR {
                fatalError("no random octets: \(SystemError("getrandom"))")
            }
        }
    }
}
