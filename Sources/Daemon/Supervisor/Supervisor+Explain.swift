// Explains how a query is answered: a worker answers it with a trace, and a separate thread finds
// the places of the records and what is missing.

internal import Control
internal import DNSWire
internal import Events
internal import Resolution
internal import Settings

extension Supervisor {
    func beginExplanation(_ name: String, _ type: String, _ caller: ControlCaller) {
        guard let name = try? Name(text: name) else {
            let sentence = "\(name) is not a domain name"
            return reply(ControlAnswer(refusal: sentence, format: caller.format), caller)
        }
        guard let type = RecordType(type) else {
            let sentence = "\(type) is not a record type"
            return reply(ControlAnswer(refusal: sentence, format: caller.format), caller)
        }
        guard let worker = workers.first else { return }
        let job = addJob(
            .explain(caller, name: name, type: type, started: SystemClock.elapsed()))
        worker.orders.post(.explain(job: job, query: ReplyReport.query(name, type)))
    }

    func explained(_ job: Int, _ reply: [UInt8], _ steps: [RecordedStep]) {
        guard case .explain(_, let name, let type, let started) = jobs[job] else { return }
        var report = ReplyReport.report(of: reply)
        report.name = "\(name)"
        report.type = "\(type)"
        report.microseconds = Int((SystemClock.elapsed() - started) / 1_000)
        report.steps = steps.map { step in
            ExplainReport.Step(
                name: step.name, step: step.step.rawValue,
                verdict: step.didAnswer ? .answered : .passed, reason: step.reason)
        }
        let places = RecordLocator(
            directory: loaded.settings.zones.directory,
            maximumFileSize: loaded.settings.zones.maximumFileSize, zones: loaded.zones)
        let diagnosis = MissingRecordDiagnosis(
            settings: loaded.settings, zones: loaded.zones,
            options: plan.settingsFile.commandOptions)
        let isLocal = steps.contains { $0.step == .localZone && $0.didAnswer }
        let mailbox = mailbox
        let ready = report
        // Reading large files takes time, and nothing else should wait for it.
        let thread = try? Thread.start(named: "explainer") {
            var report = ready
            report.places = places.find(report.answer)
            var missing: [MissingRecord] = []
            if !isLocal || report.places.isEmpty {
                let records = report.answer.compactMap { AnswerRecord($0) }
                var names = [name]
                let others = steps.map(\.name) + records.filter { $0.type == "CNAME" }.map(\.data)
                for text in others {
                    if let name = try? Name(text: text), !names.contains(name) {
                        names.append(name)
                    }
                }
                missing = diagnosis.missing(for: names, type)
                // A name with a public answer that nothing private belongs to may be meant to be public.
                let isPublic =
                    records.contains { $0.address != nil } && !diagnosis.hasPrivateEndpoint(names)
                report.missing = missing.filter { $0.isCertain || !isPublic }.map {
                    "\($0.cause); \($0.advice)"
                }
            }
            report.result = ExplanationResult(report: report, missing: missing).sentence
            mailbox.post(.placed(job: job, report))
        }
        if thread == nil { placed(job, report) }
    }

    /// The explanation is complete.
    func placed(_ job: Int, _ report: ExplainReport) {
        guard case .explain(let caller, _, _, _) = jobs.removeValue(forKey: job) else { return }
        reply(ControlAnswer(report, format: caller.format), caller)
    }
}
