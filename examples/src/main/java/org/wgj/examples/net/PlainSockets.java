// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples.net;

import org.wgj.netstack.TunnelNet;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Shows {@code Socket} and {@code ServerSocket} at both ends of a tunnel. The server knows its
 * clients by their public keys, which is as good as a login.
 *
 * <p>It prints: {@code hello 10.0.0.2, your key is known: true}
 */
public final class PlainSockets {
    private PlainSockets() {}

    public static void main(String[] arguments) throws IOException {
        try (Office office = Office.open();
                ServerSocket listener = office.gateway().listen(7000)) {
            Thread.startVirtualThread(() -> serve(office.gateway(), listener));
            TunnelNet net = office.net();
            // begin
            try (Socket socket = net.connect("server.office", 7000, Duration.ofSeconds(10))) {
                byte[] answer = socket.getInputStream().readAllBytes();
                System.out.println(new String(answer, StandardCharsets.UTF_8));
            }
            // end
        }
    }

    private static void serve(TunnelNet net, ServerSocket listener) {
        try (Socket client = listener.accept()) {
            String hello =
                    "hello %s, your key is known: %s"
                            .formatted(
                                    client.getInetAddress().getHostAddress(),
                                    net.peerOf(client).isPresent());
            client.getOutputStream().write(hello.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            System.out.println("the server failed: " + e);
        }
    }
}
