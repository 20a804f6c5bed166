// The OPT record of a written message (RFC 6891, section 6.1): the requested options in the space
// that was kept for it, then an extended error where there is room for one (RFC 8914).

extension MessageWriter {
    /// Appends the OPT record in the space that was kept for it.
    mutating func appendOptions(
        _ options: ReplyOptions, responseCode: ResponseCode, identifier: Span<UInt8>,
        further: Span<UInt8>, named name: borrowing NameBuffer
    ) {
        releaseReserve()
        guard hasRoom(options.size) else { return }
        // The root, type, class, the upper bits of the RCODE, version 0, and the flags' first byte.
        let fixed =
            UInt64(RecordType.opt.rawValue) << 40 | UInt64(options.payloadSize) << 24
            | UInt64(responseCode.rawValue >> 4) << 16 | (options.dnssecOK ? 0x80 : 0)
        write(fixed)
        write(UInt8(0))
        let lengthOffset = count
        write(UInt16(0))
        if let cookie = options.cookie { append(cookie) }
        if let size = options.sentCookieSize {
            beginOption(.cookie, count: size)
            copy(identifier.extracting(first: size))
        } else if let size = options.identifierSize {
            beginOption(.identifier, count: size)
            copy(identifier.extracting(first: size))
        }
        if let idleTimeout = options.idleTimeout {
            beginOption(.keepalive, count: 2)
            write(idleTimeout)
        }
        if options.furtherSize > 0 { copy(further.extracting(first: Int(options.furtherSize))) }
        if let error = options.staleness { append(error, named: name) }
        if let error = options.extendedError { append(error, named: name) }
        put(UInt16(truncatingIfNeeded: count - lengthOffset - 2), at: lengthOffset)
        countAdditionalRecord()
    }

    private mutating func beginOption(_ code: EDNSOption.Code, count: Int) {
        write(code.rawValue)
        write(UInt16(truncatingIfNeeded: count))
    }

    private mutating func append(_ cookie: Cookie) {
        beginOption(.cookie, count: cookie.server == nil ? 8 : 24)
        write(cookie.client)
        if let server = cookie.server {
            write(server.stamp)
            write(server.hash)
        }
    }

    private mutating func write(_ value: UInt64) {
        target.store(value.byteSwapped, at: count)
        count += 8
    }

    /// Appends an EXTENDED-ERROR option; the text is cut at the limit, the code is what matters.
    private mutating func append(_ error: ExtendedError, named name: borrowing NameBuffer) {
        guard hasRoom(6) else { return }
        write(EDNSOption.Code.extendedError.rawValue)
        let lengthOffset = count
        write(UInt16(0))
        write(error.code.rawValue)
        let text = error.text.rawValue.utf8
        if hasRoom(text.count + (error.isNamed ? 2 * name.count + 4 : 0)) {
            for octet in text { write(octet) }
            if error.isNamed {
                appendText(of: name, fromLabel: 0)
                for octet in " in ".utf8 { write(octet) }
                appendText(of: name, fromLabel: Int(error.zoneLabel))
            }
        }
        put(UInt16(truncatingIfNeeded: count - lengthOffset - 2), at: lengthOffset)
    }

    /// Appends a name's labels with dots between; bytes that do not print become `?`.
    private mutating func appendText(of name: borrowing NameBuffer, fromLabel first: Int) {
        for label in first..<max(first, name.labelCount) {
            if label > first { write(UInt8(ascii: ".")) }
            let start = name.start(ofLabel: label)
            for index in (start + 1)..<name.start(ofLabel: label + 1) {
                let octet = name.folded[index]
                write(octet > 0x20 && octet < 0x7F ? octet : UInt8(ascii: "?"))
            }
        }
    }
}
