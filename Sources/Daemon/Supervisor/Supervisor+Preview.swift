// A preview of a reload: the workers report their recent queries, a separate thread tries the load,
// and the caller gets a report of what would change.

internal import Control
internal import DNSWire
internal import Events
internal import Logging

extension Supervisor {
    /// Reloads for a control client; zones that it names may lose most of their records.
    func reload(_ force: ReloadForce, _ caller: ControlCaller) {
        switch force {
        case .none: reload(for: caller)
        case .all: reload(for: caller, shrinkage: .all)
        case .zones(let texts):
            var origins: Set<Name> = []
            for text in texts {
                guard let origin = try? Name(text: text) else {
                    let sentence = "\(text) is not a domain name"
                    return reply(ControlAnswer(refusal: sentence, format: caller.format), caller)
                }
                origins.insert(origin)
            }
            reload(for: caller, shrinkage: .zones(origins))
        }
    }

    /// Collects what was asked lately, to begin with.
    func beginPreview(_ caller: ControlCaller) {
        let job = addJob(.preview(caller, [], missing: workers.count))
        for worker in workers { worker.orders.post(.tellQuestions(job: job)) }
    }

    /// A worker reported its recent queries; when all have, the load is tried.
    func collected(_ job: Int, _ questions: Set<AskedQuestion>) {
        guard case .preview(let caller, let known, let missing) = jobs[job] else { return }
        let all = known.union(questions)
        jobs[job] = .preview(caller, all, missing: missing - 1)
        guard missing == 1 else { return }
        let preview = ReloadPreview(
            served: loaded, hasher: plan.hasher, questions: Array(all))
        let look = ScanOptions(unclosed: watch?.unclosedFiles ?? [], shrinkage: .all)
        let loader = loader
        let mailbox = mailbox
        do {
            _ = try Thread.start(named: "previewer") {
                let tried = loader.use { $0.tried(look) }
                mailbox.post(.previewed(job: job, preview.report(on: tried)))
            }
        } catch {
            jobs[job] = nil
            logger.error("no preview: \(error)")
            reply(ControlAnswer(refusal: "\(error)", format: caller.format), caller)
        }
    }

    /// The load was tried.
    func previewed(_ job: Int, _ report: ReloadPreviewReport) {
        guard case .preview(let caller, _, _) = jobs.removeValue(forKey: job) else { return }
        reply(
            ControlAnswer(report, format: caller.format, succeeded: report.succeeded), caller)
    }
}
