// A failed system call as a small value: the call and errno. It does not know the caller's purpose;
// more specific errors are declared where that is known.

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
