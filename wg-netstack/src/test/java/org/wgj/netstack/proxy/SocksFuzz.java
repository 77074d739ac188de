// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import org.wgj.fuzz.FuzzInput;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * Gives the SOCKS5 server what a client may send, on its connection and in datagrams. The server
 * answers or ends, dials only what may be a host, and serves no client without the password. The
 * address in a datagram is what it would be on a connection.
 */
public final class SocksFuzz {
    private static final Credentials CREDENTIALS = new Credentials("u", "p");

    private SocksFuzz() {}

    /** For Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput in = new FuzzInput(data);
        boolean password = in.flag();
        byte[] bytes = in.rest();
        converse(bytes, password ? CREDENTIALS : null);
        compare(bytes);
    }

    private static void converse(byte[] bytes, Credentials credentialsOrNull) {
        FuzzedClient client = new FuzzedClient(bytes);
        client.serve(dialer -> new Socks5Handler(dialer, credentialsOrNull));
        ByteArrayOutputStream answer = client.answer();
        for (HostAndPort dialled : client.dialled()) {
            check(HostAndPort.isHost(dialled.host()), "dialled what is no host");
        }
        byte[] sent = answer.toByteArray();
        // The methods, the password, the reply.
        check(sent.length <= 2 + 2 + 3 + 19, "an answer of " + sent.length + " bytes");
        check(sent.length == 0 || sent[0] == 5, "the answer is not one of SOCKS5");
        if (credentialsOrNull != null && !client.dialled().isEmpty()) {
            check(
                    new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1)
                            .contains("\1\1u\1p"),
                    "served without the password");
        }
    }

    private static void compare(byte[] bytes) {
        SocksAddress.InDatagram parsed = SocksAddress.parse(bytes, 0, bytes.length);
        HostAndPort read;
        ByteArrayInputStream in = new ByteArrayInputStream(bytes);
        ClientInput client = new ClientInput(in);
        try {
            read = SocksAddress.read(client);
        } catch (IOException | IllegalArgumentException e) {
            check(parsed == null, "a datagram has an address that a connection has not");
            return;
        }
        check(parsed != null, "a connection has an address that a datagram has not");
        check(parsed.target().equals(read), "the addresses differ");
        try {
            int left = client.readAllBytes().length;
            check(parsed.end() == bytes.length - left, "the addresses end at different places");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
