// An error in zone text: a reason and a place, cheap to throw. The sentence is made only for a
// notice. Errors are compared by reason, so tests of readers need no strings.

import DNSWire

/// A mistake in a text, before it becomes a notice.
struct ZoneFault: Error {
    /// What is wrong.
    let reason: Reason
    /// Where, and the bytes that a sentence may quote.
    let word: ZoneWord

    init(_ reason: Reason, at word: ZoneWord) {
        self.reason = reason
        self.word = word
    }

    /// The kinds of mistakes of words, entries and record data.
    enum Reason: Equatable, Sendable {
        case byteOrderMark
        case controlOctet(UInt8)
        case unopenedParenthesis
        case unclosedParenthesis
        case unclosedQuote
        case badEscape
        case name(NameTextError)
        case stringTooLong
        case dataTooLong
        case missing(RecordDataField)
        case bad(RecordDataField)
        case extraWord
        case extraWordInParentheses(since: Int)
        case badGenericLength
        case badGenericData
        case wrongShape(RecordType)
        case unknownParameter
        case duplicateParameter
        case badParameterValue
        case noDefaultALPNWithoutALPN
        case mandatoryParameterMissing
        case missingOwner
        case ownerOutsideZone
        case missingType
        case unknownType
        case metaType(RecordType)
        case wrongClass
        case secondClass
        case secondTTL
        case badTTL
        case unknownDirective
        case missingArgument
        case badOrigin
        case includeTooDeep
        case includeCycle
        case tooManyInclusions
        case badRange
        case badTemplate
        case tooManyGenerated
        case generatedTooLarge
        case zoneTooLarge
        case extraArgument
        case quotedOwner
    }
}

extension ZoneFault {
    /// The sentence of a notice; `quoted` is the text at the fault's place.
    func sentence(quoting quoted: String) -> String {
        switch reason {
        case .bad(let field): "\"\(quoted)\" is not \(field.meaning)"
        case .missing(let field): "\(field.meaning) is missing"
        case .name(let error): error.sentence(quoting: quoted)
        case .controlOctet(let octet): Self.sentence(forControl: octet)
        case .wrongShape(let type): "the bytes are not valid \(type) data"
        case .metaType(let type): "\(type) cannot be in a zone"
        default: wordSentence(quoting: quoted) ?? entrySentence(quoting: quoted)
        }
    }

    private static func sentence(forControl octet: UInt8) -> String {
        let digits = String(octet)
        let escape = String(repeating: "0", count: 3 - digits.count) + digits
        return "a control byte must be written as \\\(escape)"
    }

    private func wordSentence(quoting quoted: String) -> String? {
        switch reason {
        case .byteOrderMark: "the file begins with a byte order mark; save it without one"
        case .unopenedParenthesis: "there is no open parenthesis to close"
        case .unclosedParenthesis: "this parenthesis is never closed"
        case .unclosedQuote: "this quoted string does not end on its line"
        case .badEscape: "a backslash must be followed by a character or by three digits up to 255"
        case .stringTooLong: "a string is longer than 255 bytes"
        case .dataTooLong: "the data are longer than 65535 bytes"
        case .extraWord: "\"\(quoted)\" is more than the record's data can have"
        case .extraWordInParentheses(let line):
            "\"\(quoted)\" is more than the record's data can have; its parenthesis was opened on line \(line)"
        case .badGenericLength: "\"\(quoted)\" is not a number of bytes up to 65535"
        case .badGenericData: "the number of hexadecimal digits does not match the length"
        case .unknownParameter: "\"\(quoted)\" is not a service parameter"
        case .duplicateParameter: "the parameter of \"\(quoted)\" is given twice"
        case .badParameterValue: "\"\(quoted)\" is not a valid value of the parameter"
        case .noDefaultALPNWithoutALPN: "no-default-alpn needs alpn"
        case .mandatoryParameterMissing: "a parameter that mandatory lists is missing"
        default: nil
        }
    }

    private func entrySentence(quoting quoted: String) -> String {
        switch reason {
        case .missingOwner: "the first record needs an owner"
        case .ownerOutsideZone: "\"\(quoted)\" is not in the zone"
        case .missingType: "the record's type is missing"
        case .unknownType: "\"\(quoted)\" is not a record type"
        case .wrongClass: "the class \"\(quoted)\" is not IN"
        case .secondClass: "the class is given twice"
        case .secondTTL: "the TTL is given twice"
        case .badTTL: "\"\(quoted)\" is not a TTL"
        case .unknownDirective: "\"\(quoted)\" is not a directive"
        case .missingArgument: "the directive needs an argument"
        case .badOrigin: "\"\(quoted)\" is not a domain name"
        case .includeTooDeep: "files are included more than \(ZoneParser.maximumDepth) deep"
        case .tooManyInclusions:
            "more than \(ZoneParser.maximumInclusions) files would be included"
        case .includeCycle: "\"\(quoted)\" includes itself"
        case .badRange: "\"\(quoted)\" is not a range such as 1-10 or 0-100/5"
        case .badTemplate: "\"\(quoted)\" is not a template"
        case .tooManyGenerated:
            "more than \(ZoneParser.maximumGenerated) records would be generated"
        case .generatedTooLarge:
            "more than \(ZoneParser.maximumGeneratedOctets >> 20) MiB would be generated"
        case .extraArgument: "\"\(quoted)\" is more than the directive can have"
        case .quotedOwner: "an owner cannot be quoted"
        case .zoneTooLarge: "the zone is larger than 4 GiB"
        default: "this cannot be read"
        }
    }
}

extension NameTextError {
    func sentence(quoting quoted: String) -> String {
        switch self {
        case .empty: "a domain name is missing"
        case .emptyLabel: "\"\(quoted)\" has an empty label"
        case .labelTooLong: "\"\(quoted)\" has a label of more than 63 octets"
        case .nameTooLong: "\"\(quoted)\" is a name of more than 255 octets"
        case .badEscape: "\"\(quoted)\" has a bad escape"
        }
    }
}

extension RecordDataField {
    /// The field's description in a message, with its article.
    var meaning: String {
        switch self {
        case .compressibleName, .name: "a domain name"
        case .uint8: "a number up to 255"
        case .uint16: "a number up to 65535"
        case .uint32: "a number up to 4294967295"
        case .duration: "a number of seconds"
        case .timestamp: "a time such as 20260131235959"
        case .recordType: "a record type"
        case .ipv4: "an IPv4 address"
        case .ipv6: "an IPv6 address"
        case .characterString, .characterStrings, .quotedRest: "a string"
        case .tag: "a tag of letters and digits"
        case .hexRest, .hexCounted: "hexadecimal data"
        case .base64Rest: "base64 data"
        case .base32Counted: "base32hex data"
        case .typeBitmap: "a list of record types"
        case .serviceParameters: "a service parameter"
        case .location: "a location such as 52 22 23.000 N 4 53 32.000 E -2m"
        case .addressPrefixes: "an address prefix such as 1:192.0.2.0/24"
        case .eui48: "six octets such as 00-00-5e-00-53-2a"
        case .eui64: "eight octets such as 00-00-5e-ef-10-00-00-2a"
        case .nodeIdentifier: "four groups such as 0014:4fff:ff20:ee64"
        case .algorithm: "a DNSSEC algorithm"
        case .certificateType: "a certificate type"
        case .syncScheme: "NOTIFY or a number up to 255"
        case .ipsecKey: "an IPsec gateway"
        case .hostIdentity: "a host identity"
        case .relay: "a relay"
        }
    }
}
