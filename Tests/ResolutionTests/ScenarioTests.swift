// Every scenario of Tests/Scenarios as a test of its own, and the runner's own strictness.

import Testing

@Test("behaviour over time", arguments: Scenario.all)
func behaves(_ scenario: Scenario) {
    do {
        try ScenarioStage.run(scenario)
    } catch let mistake as ScenarioMistake {
        Issue.record(
            "\(scenario.file):\(mistake.line): \(mistake.sentence)",
            sourceLocation: SourceLocation(
                fileID: "Scenarios/\(scenario.file)", filePath: scenario.path, line: mistake.line,
                column: 1))
    } catch {
        Issue.record(error)
    }
}

@Test("there are scenarios, each with a title of its own")
func scenarioTitles() {
    #expect(!Scenario.all.isEmpty)
    var titles: Set<String> = []
    for scenario in Scenario.all {
        #expect(!scenario.title.isEmpty && titles.insert(scenario.title).inserted, "\(scenario)")
    }
}

/// A scenario that must not pass, and what is said of it.
struct WrongScenario: Sendable, CustomTestStringConvertible {
    var line: Int
    var sentence: String
    var statements: String

    var testDescription: String { sentence }

    init(_ line: Int, _ sentence: String, _ statements: String) {
        self.line = line
        self.sentence = sentence
        self.statements = statements
    }
}

/// Line 1 names a server, line 2 is the title; the wrong statements start at line 3.
@Test(
    "the runner is strict",
    arguments: [
        WrongScenario(3, "dance is not a statement", "dance"),
        WrongScenario(3, "XX is not a type", "client 1 asks a.example. XX"),
        WrongScenario(3, "nonsense is not understood here", "time passes 1s nonsense"),
        WrongScenario(
            5, "5: \"192.0.2.999\" is not an IPv4 address",
            "zone a.example.\n    @ A 192.0.2.1\n    b A 192.0.2.999"),
        WrongScenario(
            3, "the scenario does not mention a query: a.example. A udp at 192.0.2.53:53, rd ad",
            "client 1 asks a.example. A"),
        WrongScenario(
            4, "1 questions wait, of which the scenario mentions 0",
            "client 1 asks a.example. A\nupstream sees a.example. A"),
        WrongScenario(
            4, "the query is a.example. A udp at 192.0.2.53:53, rd ad do",
            "client 1 asks a.example. A do\nupstream sees a.example. A"),
        WrongScenario(
            5, "the scenario does not mention a reply to client 1",
            """
            client 1 asks a.example. A
            upstream sees a.example. A
            upstream replies noerror a.example. 60 A 192.0.2.1
            """),
        WrongScenario(
            6, "the reply is\n    noerror qr rd ra\n    answer a.example. 60 IN A 192.0.2.1",
            """
            upstream answers a.example. A noerror a.example. 60 A 192.0.2.1
            client 1 asks a.example. A
            upstream sees a.example. A
            client 1 gets noerror qr rd ra a.example. 59 A 192.0.2.1
            """),
        WrongScenario(
            5, "client 1 does not wait",
            "forward . to\nclient 1 asks a.example. A\nclient 1 waits"),
        WrongScenario(4, "settings were changed without a reload", "reload\nforward b. to"),
    ])
func refuses(_ wrong: WrongScenario) throws {
    let text = "forward . to 192.0.2.53\nscenario wrong\n" + wrong.statements
    let scenario = try #require(Scenario.read(text, file: "wrong", path: "wrong").first)
    do {
        try ScenarioStage.run(scenario)
        Issue.record("it passes")
    } catch let mistake as ScenarioMistake {
        #expect(mistake.line == wrong.line)
        #expect(mistake.sentence.hasPrefix(wrong.sentence), "\(mistake.sentence)")
    }
}
