// A system call that failed, as a small value: which call, and errno. It says nothing of what the
// caller wanted; errors with a meaning of their own are declared where that meaning is known.

public import Glibc

/// A system call that failed.
public struct SystemError: Error, Sendable, BitwiseCopyable {
    /// The name of the call.
    public let call: StaticString
    /// The value of `errno`.
    public let number: CInt

    /// The failure of `call` with `number`.
    public init(_ call: StaticString, _ number: CInt = errno) {
        self.call = call
        self.number = number
    }
}

extension SystemError: Equatable {
    /// Errors are equal by number; the call is for people.
    public static func == (left: SystemError, right: SystemError) -> Bool {
        left.number == right.number
    }
}

extension SystemError: CustomStringConvertible {
    /// `bind: Address already in use`.
    public var description: String { "\(call): \(Self.text(of: number))" }

    /// The system's words for an `errno` value.
    public static func text(of number: CInt) -> String {
        // strerror is safe enough here: glibc returns constant text for every known number.
        guard let text = unsafe strerror(number) else { return "error \(number)" }
        return unsafe String(cString: text)
    }
}
