// One file with two names. Swift's runtime and the argument parser, which weigh more than all the rest, are in it
// once. Called as `privatelinkctl` it is the control program, by any other name the daemon.

import ArgumentParser
import privatelinkctl

@main
enum Programs {
    static func main() {
        let path = CommandLine.arguments.first ?? ""
        if path.split(separator: "/").last == ControlProgram.name[...] { ControlProgram.run() }
        PrivateLinkDaemon.runAndExit()
    }
}
