// The program: converts arguments to a request, prints the answer and returns an exit status: 0 for
// success, 1 for a refusal or failure, 2 for wrong usage. Control and the daemon define requests
// and answers.

import ArgumentParser
import Glibc

/// The control program, which is in the daemon's file under a name of its own.
public enum ControlProgram {
    /// The name that it is called by.
    public static let name = "privatelinkctl"

    /// Does what the arguments say, and exits.
    public static func run() -> Never {
        if let usage = UsageError(unknownCommandIn: CommandLine.arguments.dropFirst()) {
            usage.report()
            exit(2)
        }
        var parsed: (any ParsableCommand)?
        do {
            var command = try PrivateLinkControl.parseAsRoot()
            parsed = command
            try command.run()
            exit(0)
        } catch let failure as CommandFailure {
            failure.report()
            exit(1)
        } catch let error as ValidationError {
            UsageError(error.message, of: parsed.map { type(of: $0) } ?? PrivateLinkControl.self)
                .report()
            exit(2)
        } catch {
            let code = PrivateLinkControl.exitCode(for: error)
            let text = PrivateLinkControl.fullMessage(for: error)
            if !text.isEmpty {
                OutputStream(code.isSuccess ? STDOUT_FILENO : STDERR_FILENO).write(text + "\n")
            }
            exit(code.isSuccess ? 0 : 2)
        }
    }
}
