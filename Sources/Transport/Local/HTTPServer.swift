// As much of HTTP as a monitor needs that reads a page: GET and HEAD of a path, one request to a connection
// (RFC 9112). Nothing a client sends is looked at beyond its request line.

public import Events
internal import Sockets

/// A page as the answer to a request.
public struct HTTPResponse: Sendable {
    /// The status code and its words, such as `200 OK`.
    public var status: StaticString
    /// The media type of the body.
    public var mediaType: StaticString
    /// The page.
    public var body: String

    /// A page.
    public init(
        _ status: StaticString, mediaType: StaticString = "text/plain; charset=utf-8",
        body: String
    ) {
        self.status = status
        self.mediaType = mediaType
        self.body = body
    }
}

/// A TCP listener that answers HTTP requests for pages.
public final class HTTPServer {
    private static let limits = RequestConnections.Limits(
        connections: 32, requestOctets: 8_192, stallNanoseconds: 5_000_000_000)

    private var connections: RequestConnections?
    /// Connections whose request was HEAD: they get the head alone.
    private var headRequests: Set<ConnectionHandle> = []
    private let receive: (ConnectionHandle, String) -> Void

    /// Listens there; `receive` gets the path that a client asks for.
    public init(
        _ loop: EventLoop, on listener: Listener,
        receive: @escaping (ConnectionHandle, String) -> Void
    ) throws(ListenError) {
        self.receive = receive
        let socket = try ListeningSocket.open(listener, sharing: .exclusive)
        do throws(Errno) {
            try socket.listen(backlog: Self.limits.connections)
        } catch {
            socket.close()
            throw ListenError(listener, error)
        }
        do throws(SystemError) {
            connections = try RequestConnections(
                loop, socket, limits: Self.limits, requestEnd: Self.end
            ) { [unowned self] connection, head in answer(connection, head) }
        } catch {
            throw ListenError(listener, Errno(rawValue: error.number))
        }
    }

    /// Sends the page and then closes the connection; does nothing if that is closed already.
    public func reply(_ response: HTTPResponse, to connection: ConnectionHandle) {
        let body = Array(response.body.utf8)
        let head = """
            HTTP/1.1 \(response.status)\r
            Content-Type: \(response.mediaType)\r
            Content-Length: \(body.count)\r
            Connection: close\r
            \r

            """
        let isHead = headRequests.remove(connection) != nil
        _ = connections?.reply(Array(head.utf8) + (isHead ? [] : body), to: connection)
    }

    /// Closes the listener and its connections.
    public func close() { connections?.close() }

    // MARK: Requests

    /// The offset after the empty line that ends a request's head.
    static func end(_ octets: [UInt8], searched: Int) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        // Its first bytes may have come before.
        let first = max(0, searched - end.count + 1)
        guard octets.count >= first + end.count else { return nil }
        return (first...(octets.count - end.count)).first { start in
            octets[start..<(start + end.count)].elementsEqual(end)
        }
    }

    private func answer(_ connection: ConnectionHandle, _ head: Span<UInt8>) {
        var line: [UInt8] = []
        for index in 0..<head.count {
            if head[index] == UInt8(ascii: "\r") { break }
            line.append(head[index])
        }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else {
            return reply(HTTPResponse("400 Bad Request", body: "not a request\n"), to: connection)
        }
        guard words[0] == "GET" || words[0] == "HEAD" else {
            let response = HTTPResponse("405 Method Not Allowed", body: "GET and HEAD only\n")
            return reply(response, to: connection)
        }
        if words[0] == "HEAD", headRequests.count < 4_096 { headRequests.insert(connection) }
        receive(connection, String(words[1].prefix { $0 != "?" }))
    }
}
