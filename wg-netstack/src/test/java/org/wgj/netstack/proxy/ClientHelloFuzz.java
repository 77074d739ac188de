// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Gives the forwarder of TLS what a client may send. It answers with an alert or dials port 443 of
 * a name that the message has; what it read is the beginning of what was sent, and cut into other
 * records the message has the same name.
 */
public final class ClientHelloFuzz {
    private static final int RECORD_HEADER = 5;

    private ClientHelloFuzz() {}

    /** For Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzedClient client = new FuzzedClient(data);
        client.serve(SniHandler::new);
        byte[] answer = client.answer().toByteArray();
        check(answer.length == 0 || answer.length == 7 && answer[0] == 21, "not an alert");
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        byte[] hello;
        try {
            hello = SniHandler.hello(new ClientInput(new ByteArrayInputStream(data)), raw);
        } catch (IOException e) {
            check(client.dialled().isEmpty(), "dialled without a whole message");
            hello = null;
        }
        byte[] read = raw.toByteArray();
        check(Arrays.equals(read, Arrays.copyOf(data, read.length)), "it keeps other bytes");
        String name = hello == null ? null : name(hello);
        check((name != null) == !client.dialled().isEmpty(), "dialled without a name");
        if (name != null) {
            check(
                    client.dialled().getFirst().equals(new HostAndPort(name, 443)),
                    "dialled another name");
            check(name.equals(name(inRecordsOfOneByte(hello))), "the records change the name");
        }
        if (data.length > 0) {
            name(data); // a message without records
        }
    }

    private static String name(byte[] message) {
        String name = ClientHello.serverName(message);
        if (name != null) {
            check(HostAndPort.isHost(name) && !HostAndPort.isLiteral(name), "this is no name");
            check(
                    new String(message, StandardCharsets.ISO_8859_1).contains(name),
                    "the message has no such name");
        }
        return name;
    }

    private static byte[] inRecordsOfOneByte(byte[] hello) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (byte each : hello) {
            records.writeBytes(new byte[] {22, 3, 1, 0, 1, each});
        }
        try {
            ByteArrayOutputStream raw = new ByteArrayOutputStream();
            byte[] again =
                    SniHandler.hello(
                            new ClientInput(new ByteArrayInputStream(records.toByteArray())), raw);
            check(raw.size() == hello.length * (RECORD_HEADER + 1), "it reads too far");
            return again;
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
