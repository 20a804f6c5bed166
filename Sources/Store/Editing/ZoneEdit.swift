// Changes that are shown first and made afterwards: what is made is what was shown, or nothing.

public import DNSWire

/// A change of one zone.
public struct ZoneEdit {
    /// The zone.
    public let origin: Name
    /// Whether to create the zone if it does not exist.
    public let makesZone: Bool
    private let change: (inout ZoneContent) throws(StoreError) -> Void

    /// A change of the zone at `origin`.
    public init(
        origin: Name, makesZone: Bool = false,
        _ change: @escaping (inout ZoneContent) throws(StoreError) -> Void
    ) {
        self.origin = origin
        self.makesZone = makesZone
        self.change = change
    }

    /// What the zone is to hold in `directory`.
    func result(
        for content: ZoneContent?, in directory: ZoneDirectory
    ) throws(StoreError) -> ZoneContent {
        var result: ZoneContent
        if let content {
            result = content
        } else if makesZone {
            result = try ZoneContent.new(origin)
        } else {
            throw .noZone(origin)
        }
        try change(&result)
        // The writer raises the serial number of an existing zone.
        guard let content else {
            return try directory.raisingSerial(of: result, madeAnew: origin)
        }
        return content.serial.map { result.with(serial: $0) } ?? result
    }
}

extension ZoneDirectory {
    /// What a change would do, now, with the serial number that it would give and the warnings that the zone would have
    /// and has not; fails as the change itself would, where the zone would have mistakes.
    public func preview(_ edit: ZoneEdit) throws(StoreError) -> ZoneUpdate {
        let file = try read(edit.origin)
        let before = try file.map { file throws(StoreError) in try Self.content(of: file) }
        let after = try edit.result(for: before, in: self)
        return try draft(of: edit.origin, over: file, from: before, to: after).update
    }
}

extension ZoneWriter {
    /// Makes a change; when it was shown before, only if it still does the same.
    public borrowing func apply(
        _ edit: ZoneEdit, shown: ZoneUpdate? = nil
    ) throws(StoreError) -> ZoneUpdate {
        let directory = directory
        return try update(edit.origin) { content throws(StoreError) in
            let result = try edit.result(for: content, in: directory)
            guard let shown else { return result }
            // The serial number is given afterwards, and may be another one by then.
            let difference = ZoneDifference(before: content, after: result)
            guard
                difference.lines(origin: edit.origin, withSerial: false)
                    == shown.difference.lines(origin: edit.origin, withSerial: false)
            else { throw .changedMeanwhile(path: shown.path) }
            return result
        }
    }
}
