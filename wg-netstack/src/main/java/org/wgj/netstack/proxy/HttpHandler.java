// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * An HTTP proxy: CONNECT, and requests of any method for {@code http://} URIs (RFC 9110, RFC 9112).
 * A connection carries one such request; the response says so by {@code Connection: close}. It adds
 * no Via field, because that would tell each server of the proxy.
 */
public final class HttpHandler implements ConnectionHandler {
    private static final String WIREPROXY = "wireproxy";
    private static final int MAX_INTERIM = 100;

    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.[01] ([1-9][0-9][0-9])(?: .*)?");

    private static final Map<Integer, String> REASONS =
            Map.ofEntries(
                    Map.entry(200, "OK"),
                    Map.entry(400, "Bad Request"),
                    Map.entry(401, "Unauthorized"),
                    Map.entry(403, "Forbidden"),
                    Map.entry(406, "Not Acceptable"),
                    Map.entry(407, "Proxy Authentication Required"),
                    Map.entry(411, "Length Required"),
                    Map.entry(431, "Request Header Fields Too Large"),
                    Map.entry(502, "Bad Gateway"),
                    Map.entry(503, "Service Unavailable"),
                    Map.entry(504, "Gateway Timeout"));

    private static final HttpHead.Field PLAIN =
            new HttpHead.Field("Content-Type", "text/plain; charset=utf-8");

    private final Dialer dialer;
    private final Credentials credentialsOrNull;
    private final SSLContext tlsOrNull;
    private final PacFile pacOrNull;

    /**
     * Makes one.
     *
     * @param dialer connects to the targets
     * @param credentialsOrNull what clients must present; null to serve every client
     * @param tlsOrNull makes the connections with clients TLS; null for plain TCP
     * @param pacOrNull what {@code GET /proxy.pac} returns, which needs no credentials; null for
     *     nothing
     */
    public HttpHandler(
            Dialer dialer, Credentials credentialsOrNull, SSLContext tlsOrNull, PacFile pacOrNull) {
        this.dialer = Objects.requireNonNull(dialer, "dialer");
        this.credentialsOrNull = credentialsOrNull;
        this.tlsOrNull = tlsOrNull;
        this.pacOrNull = pacOrNull;
    }

    @Override
    public void serve(Connection connection) throws IOException {
        Socket client = connection.client();
        if (tlsOrNull != null) {
            SSLSocket tls =
                    (SSLSocket) tlsOrNull.getSocketFactory().createSocket(client, null, true);
            tls.startHandshake();
            client = tls;
        }
        ClientInput in = new ClientInput(client.getInputStream());
        new Exchange(connection, client, in).serve();
    }

    /** One request and its response. */
    private final class Exchange {
        private final Connection connection;
        private final Socket client;
        private final ClientInput in;

        Exchange(Connection connection, Socket client, ClientInput in) {
            this.connection = connection;
            this.client = client;
            this.in = in;
        }

        void serve() throws IOException {
            byte[] head = in.head(HttpHead.MAX_BYTES);
            if (head == null) {
                if (in.isFull(HttpHead.MAX_BYTES)) {
                    answer("HTTP/1.1", 431, "wgj", "the request's head is longer than 64 KiB");
                }
                return;
            }
            connection.holds(head.length);
            HttpRequest request;
            HttpBody body;
            try {
                request = HttpRequest.parse(HttpHead.parse(head));
                body = HttpBody.of(request.head());
            } catch (IllegalArgumentException e) {
                answer("HTTP/1.1", 400, "wgj", e.getMessage());
                return;
            }
            String protocol = "HTTP/1." + request.minor();
            if (pacOrNull != null && PacFile.isPath(request.ownPath())) {
                sendPac(request);
                return;
            }
            int refusal = HttpAccess.check(request.head(), credentialsOrNull);
            if (refusal != HttpAccess.GRANTED) {
                answer(protocol, refusal, WIREPROXY, null);
                return;
            }
            Socket far;
            try {
                far = connection.dial(dialer, request.host().host(), request.host().port());
            } catch (IOException e) {
                answer(protocol, Failure.of(e).httpStatus(), "wgj", e.getMessage());
                return;
            }
            if (request.path() == null) {
                client.getOutputStream()
                        .write(ascii(protocol + " 200 Connection established\r\n\r\n"));
                SocketPair.run(connection, client, in, far, far.getInputStream());
            } else {
                carry(request, body, far);
            }
        }

        private void sendPac(HttpRequest request) throws IOException {
            String scheme = tlsOrNull == null ? "PROXY" : "HTTPS";
            HostAndPort own =
                    new HostAndPort(
                            client.getLocalAddress().getHostAddress(), client.getLocalPort());
            byte[] text = pacOrNull.text(scheme + " " + own).getBytes(StandardCharsets.UTF_8);
            send(
                    "HTTP/1." + request.minor(),
                    200,
                    text,
                    new HttpHead.Field("Content-Type", "application/x-ns-proxy-autoconfig"));
        }

        private void answer(String protocol, int status, String who, String detailOrNull)
                throws IOException {
            byte[] text = text(who, protocol, status, detailOrNull);
            if (status == 407) {
                HttpHead.Field ask =
                        new HttpHead.Field("Proxy-Authenticate", "Basic realm=\"Proxy\"");
                send(protocol, status, text, PLAIN, ask);
            } else {
                send(protocol, status, text, PLAIN);
            }
        }

        private static byte[] text(String who, String protocol, int status, String detailOrNull) {
            String text = who + ": " + protocol + " " + status + " " + REASONS.get(status);
            String body = text + (detailOrNull == null ? "" : ": " + detailOrNull) + "\r\n";
            return body.getBytes(StandardCharsets.UTF_8);
        }

        private void send(String protocol, int status, byte[] body, HttpHead.Field... more)
                throws IOException {
            write(protocol, status, body, more);
            connection.finish(client, in);
        }

        private void write(String protocol, int status, byte[] body, HttpHead.Field... more)
                throws IOException {
            List<HttpHead.Field> fields = new ArrayList<>(List.of(more));
            fields.add(new HttpHead.Field("Content-Length", Integer.toString(body.length)));
            fields.add(new HttpHead.Field("Connection", "close"));
            OutputStream out = client.getOutputStream();
            out.write(HttpHead.bytes(protocol + " " + status + " " + REASONS.get(status), fields));
            out.write(body);
            out.flush();
        }

        /**
         * Sends the request to the server and its response to the client. The response passes
         * unread up to the end of the server's connection.
         */
        private void carry(HttpRequest request, HttpBody body, Socket far) throws IOException {
            connection.open();
            far.getOutputStream().write(request.forServer());
            // After an upgrade the client's bytes are no HTTP, so nothing may read them before.
            Thread upward = request.wantsUpgrade() ? null : watchClient(body, far);
            ClientInput fromServer = new ClientInput(far.getInputStream());
            int status = copyHeads(request, fromServer);
            if (status == 101) {
                SocketPair.run(connection, client, in, far, fromServer);
                return;
            }
            if (upward == null) {
                upward = watchClient(body, far);
            }
            if (status < 0) {
                String protocol = "HTTP/1." + request.minor();
                byte[] text = text("wgj", protocol, 502, "the server sent no HTTP response");
                write(protocol, 502, text, PLAIN);
                connection.limit(Connection.LAST_WORDS);
                client.shutdownOutput();
            } else {
                // A slow client has the time of half-closed connections for what is on the way.
                OutputStream out = client.getOutputStream();
                SocketPair.copy(connection, fromServer, out, client::shutdownOutput);
            }
            far.close(); // ends a body that the server did not wait for
            try {
                upward.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private Thread watchClient(HttpBody body, Socket far) {
            return Thread.ofVirtual().name("proxy-request").start(() -> sendBody(body, far));
        }

        /** Carries the body, then waits until the client ends, and passes the end on. */
        private void sendBody(HttpBody body, Socket far) {
            try {
                ServerOutput out = new ServerOutput(far.getOutputStream());
                try {
                    body.copy(in, out, connection::active);
                } catch (IOException e) {
                    if (!out.failed) {
                        throw e;
                    }
                    // The server reads no further; its response may still come.
                }
                byte[] discarded = new byte[512];
                while (in.read(discarded) >= 0) {
                    connection.active(); // another request, which gets no answer
                }
                connection.halfClosed();
                if (!far.isClosed()) {
                    far.shutdownOutput();
                }
            } catch (IOException e) {
                connection.reset();
            }
        }

        /**
         * Passes the heads of the response on, without the fields of the connection.
         *
         * @return the final status, or 101; -1 if the server sent no HTTP
         */
        private int copyHeads(HttpRequest request, ClientInput fromServer) throws IOException {
            for (int i = 0; i < MAX_INTERIM; i++) {
                byte[] bytes = fromServer.head(HttpHead.MAX_BYTES);
                if (bytes == null) {
                    return -1;
                }
                HttpHead head;
                try {
                    head = HttpHead.parse(bytes);
                } catch (IllegalArgumentException e) {
                    return -1;
                }
                var line = STATUS_LINE.matcher(head.first());
                if (!line.matches()) {
                    return -1;
                }
                int status = Integer.parseInt(line.group(1));
                List<HttpHead.Field> fields = new ArrayList<>(head.endToEnd());
                boolean upgraded = status == 101 && request.wantsUpgrade();
                if (upgraded) {
                    fields.add(new HttpHead.Field("Connection", "Upgrade"));
                    fields.add(new HttpHead.Field("Upgrade", head.value("Upgrade")));
                } else if (status >= 200) {
                    fields.add(new HttpHead.Field("Connection", "close"));
                } else if (status == 101) {
                    return -1; // the client asked for no upgrade
                }
                client.getOutputStream().write(HttpHead.bytes(head.first(), fields));
                connection.active();
                if (upgraded || status >= 200) {
                    return status;
                }
            }
            return -1;
        }
    }

    /** Tells a failure of the server from one of the client. */
    private static final class ServerOutput extends FilterOutputStream {
        private boolean failed;

        ServerOutput(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                failed = true;
                throw e;
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
