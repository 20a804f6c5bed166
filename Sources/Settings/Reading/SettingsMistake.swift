// The mistakes of a settings file, with their positions. They are collected, not thrown one by one,
// so an administrator sees all of them in one run.

/// One mistake in a settings file.
public struct SettingsMistake: Equatable, Sendable {
    /// The file as the caller named it.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column in Unicode scalars, from 1.
    public let column: Int
    /// What is wrong, and how to fix it.
    public let sentence: String
}

extension SettingsMistake: CustomStringConvertible {
    /// `FILE:LINE:COLUMN: sentence`.
    public var description: String { "\(file):\(line):\(column): \(sentence)" }
}

/// All mistakes of a settings file.
public struct SettingsMistakes: Error, Equatable, Sendable {
    /// At least one mistake, in the file's order.
    public let mistakes: [SettingsMistake]
}

/// A position in a settings file.
struct SettingsMark: Hashable, Comparable, Sendable {
    /// The line, from 1.
    var line: Int
    /// The column in Unicode scalars, from 1.
    var column: Int

    /// The first character.
    static let start = SettingsMark(line: 1, column: 1)

    static func < (left: SettingsMark, right: SettingsMark) -> Bool {
        left.line != right.line ? left.line < right.line : left.column < right.column
    }
}

/// The mistakes found so far; limited, because a file can have a mistake in every byte.
struct MistakeList {
    /// How many mistakes are kept.
    static let limit = 100

    private var entries: [(mark: SettingsMark, sentence: String)] = []

    /// Whether none was found.
    var isEmpty: Bool { entries.isEmpty }

    /// Adds a mistake, unless there are already `limit`.
    mutating func add(_ sentence: String, at mark: SettingsMark) {
        if entries.count < Self.limit { entries.append((mark, sentence)) }
    }

    /// The mistakes in the file's order.
    func sorted(file: String) -> SettingsMistakes {
        let ordered = entries.enumerated().sorted {
            ($0.element.mark, $0.offset) < ($1.element.mark, $1.offset)
        }
        return SettingsMistakes(
            mistakes: ordered.map {
                SettingsMistake(
                    file: file, line: $0.element.mark.line, column: $0.element.mark.column,
                    sentence: $0.element.sentence)
            })
    }
}
