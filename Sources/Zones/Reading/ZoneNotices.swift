// The mistakes and warnings of one reading: the first hundred of each are kept and the rest counted,
// so that a file of nonsense cannot fill the memory.

/// Where a notice points to.
struct ZonePlace: BitwiseCopyable {
    /// The file's index in `ZoneNotices.files`.
    var file: UInt16
    /// The line, from 1.
    var line: UInt32
    /// The column, from 1.
    var column: UInt32
}

/// Collects notices.
struct ZoneNotices {
    /// The files of the reading in order of their first appearance.
    private(set) var files: [String] = []
    private(set) var mistakeCount = 0
    private(set) var warningCount = 0
    private var mistakes: [(place: ZonePlace, sentence: String)] = []
    private var warnings: [(place: ZonePlace, sentence: String)] = []

    /// The index of `file` among the files, to which a new one is added; nil if there are 65535.
    mutating func index(of file: String) -> UInt16? {
        if let index = files.firstIndex(of: file) { return UInt16(index) }
        guard files.count < 65535 else { return nil }
        files.append(file)
        return UInt16(files.count - 1)
    }

    /// Adds a mistake; its sentence is made only when it is kept.
    mutating func addMistake(_ place: ZonePlace, _ sentence: @autoclosure () -> String) {
        mistakeCount += 1
        if mistakes.count < ZoneReading.maximumNotices { mistakes.append((place, sentence())) }
    }

    /// Adds a warning; its sentence is made only when it is kept.
    mutating func addWarning(_ place: ZonePlace, _ sentence: @autoclosure () -> String) {
        warningCount += 1
        if warnings.count < ZoneReading.maximumNotices { warnings.append((place, sentence())) }
    }

    /// Puts everything in `reading`, in order of files, lines and columns.
    func report(in reading: inout ZoneReading) {
        reading.files = files
        reading.mistakeCount = mistakeCount
        reading.warningCount = warningCount
        reading.mistakes = notices(mistakes)
        reading.warnings = notices(warnings)
    }

    private func notices(_ kept: [(place: ZonePlace, sentence: String)]) -> [ZoneNotice] {
        kept.sorted {
            ($0.place.file, $0.place.line, $0.place.column)
                < ($1.place.file, $1.place.line, $1.place.column)
        }.map {
            ZoneNotice(
                file: files[Int($0.place.file)], line: Int($0.place.line),
                column: Int($0.place.column), sentence: $0.sentence)
        }
    }
}
