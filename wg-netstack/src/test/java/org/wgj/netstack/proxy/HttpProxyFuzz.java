// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import org.wgj.fuzz.FuzzInput;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Gives the HTTP proxy what a client may send. It answers with one response; a server gets one head
 * with one Host field and none of the fields that belong to the connection with the proxy, which
 * reads as the same request again; and of a body what its framing says, byte for byte.
 */
public final class HttpProxyFuzz {
    private static final Credentials CREDENTIALS = new Credentials("u", "p");

    private static final List<String> LINES =
            List.of(
                    "GET http://a.test/x?y HTTP/1.1",
                    "POST http://[fd00::1]:81/ HTTP/1.0",
                    "CONNECT a.test:443 HTTP/1.1",
                    "GET / HTTP/1.1",
                    "GET /proxy.pac HTTP/1.1",
                    "Host: a.test",
                    "Content-Length: 5",
                    "Transfer-Encoding: chunked",
                    "Connection: upgrade, x-a",
                    "Upgrade: websocket",
                    "X-A: 1",
                    "Proxy-Authorization: Basic dTpw",
                    "",
                    "5;a=b",
                    "hello",
                    "0");

    private HttpProxyFuzz() {}

    /** For Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput in = new FuzzInput(data);
        boolean password = in.flag();
        byte[] bytes = in.flag() ? in.rest() : text(in).getBytes(StandardCharsets.ISO_8859_1);
        FuzzedClient client = new FuzzedClient(bytes);
        client.serve(dialer -> new HttpHandler(dialer, password ? CREDENTIALS : null, null, null));
        for (HostAndPort dialled : client.dialled()) {
            check(HostAndPort.isHost(dialled.host()), "dialled what is no host");
        }
        String answer = client.answer().toString(StandardCharsets.ISO_8859_1);
        check(
                answer.isEmpty() || answer.matches("(?s)HTTP/1\\.[01] [45][0-9][0-9] .*\r\n\r\n.*"),
                "it answers " + answer);
        check(!answer.contains("\nHTTP/1."), "two answers");
        carry(bytes);
    }

    /** Makes meaningful lines and lines of any bytes. */
    private static String text(FuzzInput in) {
        StringBuilder text = new StringBuilder();
        while (in.hasMore()) {
            int which = in.below(LINES.size() + 1);
            text.append(
                    which < LINES.size()
                            ? LINES.get(which)
                            : new String(in.shortBytes(), StandardCharsets.ISO_8859_1));
            text.append(in.below(8) == 0 ? "\n" : "\r\n");
        }
        return text.toString();
    }

    /** Does with a request what the proxy does, and looks at what the server would get. */
    private static void carry(byte[] bytes) {
        ClientInput in = new ClientInput(new ByteArrayInputStream(bytes));
        HttpRequest request;
        HttpBody body;
        try {
            byte[] head = in.head(HttpHead.MAX_BYTES);
            if (head == null) {
                return;
            }
            request = HttpRequest.parse(HttpHead.parse(head));
            body = HttpBody.of(request.head());
        } catch (IOException | IllegalArgumentException e) {
            return;
        }
        if (request.path() == null) {
            return; // CONNECT: nothing of it goes further
        }
        if (request.path().equals("*")) {
            return; // no target for a proxy
        }
        byte[] forServer = request.forServer();
        HttpHead passed = HttpHead.parse(forServer);
        check(passed.values("Host").size() == 1, "not one Host field");
        check(passed.values("Proxy-Authorization").isEmpty(), "the password is passed on");
        check(
                request.wantsUpgrade() || passed.values("Upgrade").isEmpty(),
                "an upgrade is passed on");
        HttpRequest again = HttpRequest.parse(passed);
        check(again.host().equals(request.host()), "the server reads another host");
        check(again.method().equals(request.method()), "the server reads another method");
        byte[] behind;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            behind = copy(in, body, out);
        } catch (IOException e) {
            return; // the client's mistake; the connection ends
        }
        carryAgain(passed, out.toByteArray());
        check(endsWith(bytes, out.toByteArray(), behind), "the body is not what was sent");
    }

    private static byte[] copy(ClientInput in, HttpBody body, ByteArrayOutputStream out)
            throws IOException {
        body.copy(in, out, () -> {});
        return in.readAllBytes();
    }

    /** What the server gets is one body of its framing, and nothing behind it. */
    private static void carryAgain(HttpHead head, byte[] carried) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            byte[] behind =
                    copy(
                            new ClientInput(new ByteArrayInputStream(carried)),
                            HttpBody.of(head),
                            out);
            check(behind.length == 0, "the server reads another request");
        } catch (IOException | IllegalArgumentException e) {
            throw new AssertionError("the server cannot read the body", e);
        }
    }

    private static boolean endsWith(byte[] all, byte[] body, byte[] behind) {
        int begin = all.length - body.length - behind.length;
        return begin >= 0
                && java.util.Arrays.equals(all, begin, begin + body.length, body, 0, body.length);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
