// Why a command ends with exit code 1.

import Control
import Glibc

/// Why a command failed, or that what is wrong was printed already.
enum CommandFailure: Error {
    /// A sentence for standard error, in JSON for standard output.
    case sentence(String, ControlFormat)
    /// No daemon answers on the control socket.
    case noDaemon(String, ControlFormat)
    /// The answer that was printed says why.
    case reported

    /// Prints what was not printed yet.
    func report() {
        let sentence: String
        let format: ControlFormat
        switch self {
        case .sentence(let why, let form), .noDaemon(let why, let form):
            (sentence, format) = (why, form)
        case .reported: return
        }
        switch format {
        case .text: OutputStream(STDERR_FILENO).write("privatelinkctl: \(sentence)\n")
        case .json:
            let answer = ControlAnswer(refusal: sentence, format: .json)
            OutputStream(STDOUT_FILENO).write(answer.body)
        }
    }
}
