// The fields of a type's row once more, as a value without references: what a message's or a zone's inner loop
// can look at without counting any.

/// The fields of a record type's data, in wire order.
public struct RecordDataFields: BitwiseCopyable, Sendable {
    /// The type.
    public let type: RecordType
    /// Whether any field is a domain name.
    public let holdsNames: Bool
    /// How many fields there are.
    public let count: Int
    private let fields: InlineArray<10, RecordDataField>

    init(_ layout: RecordDataLayout) {
        type = layout.type
        holdsNames = layout.holdsNames
        count = layout.fields.count
        var fields = InlineArray<10, RecordDataField>(repeating: .uint8)
        for (index, field) in layout.fields.enumerated() { fields[index] = field }
        self.fields = fields
    }

    /// The field at `index`, from 0 to `count` - 1.
    public subscript(index: Int) -> RecordDataField { fields[index] }

    /// The fields of `type`; nil if its data is opaque.
    public static func of(_ type: RecordType) -> RecordDataFields? {
        guard let row = RecordDataLayout.row(of: type) else { return nil }
        return rows[row]
    }

    /// As the layout's rows.
    public static let rows: [RecordDataFields] = RecordDataLayout.rows.map { RecordDataFields($0) }
}
