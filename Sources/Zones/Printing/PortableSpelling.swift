// What BIND 9.18, Knot 3.2 and NSD 4.6 have in common: the types whose mnemonics all three know, and the bytes that
// all three take in a name without a backslash. The end-to-end tests run their checkers over what is printed.

import DNSWire

extension RecordType {
    /// Whether all three know the type's mnemonic and text form.
    var isWidelyKnown: Bool {
        switch rawValue {
        // MD, MF, MB, MG, MR, X25, ISDN, NSAP-PTR, SIG, PX and GPOS are too old for Knot; HIP, NINFO, RKEY, TALINK,
        // DSYNC, HHIT, BRID, AVC, AMTRELAY, RESINFO and WALLET are too new for it, and most of them for NSD.
        case 3, 4, 7, 8, 9, 19, 20, 23, 24, 26, 27, 55...58, 66...68, 258, 260...262: false
        default: RecordDataLayout.of(self) != nil
        }
    }
}

extension UInt8 {
    /// Whether all three take this byte in a name as it is; Knot wants a backslash before other punctuation.
    var isPlainInNames: Bool {
        isASCIIAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
            || self == UInt8(ascii: "*") || self == UInt8(ascii: "/")
    }
}
