// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * A process with sockets of the kernel.
 *
 * <ul>
 *   <li>{@code serve PORT} returns all bytes of its clients, says {@code ready} and runs until it
 *       is ended;
 *   <li>{@code exchange BYTES HOST PORT [HOST PORT]...} sends so many random bytes to each such
 *       server, gets them back meanwhile, and says {@code the same} for each.
 * </ul>
 */
final class KernelTcp {
    private static final int TIMEOUT_MS = 20_000;

    private KernelTcp() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments[0].equals("serve")) {
            serve(Integer.parseInt(arguments[1]));
            return;
        }
        int bytes = Integer.parseInt(arguments[1]);
        for (int i = 2; i < arguments.length; i += 2) {
            exchange(bytes, arguments[i], Integer.parseInt(arguments[i + 1]));
        }
    }

    private static void serve(int port) throws IOException {
        try (ServerSocket server = new ServerSocket(port)) {
            System.out.println("ready");
            while (true) {
                Socket client = server.accept();
                Thread.ofVirtual().start(() -> echo(client));
            }
        }
    }

    private static void echo(Socket client) {
        try (client) {
            client.getInputStream().transferTo(client.getOutputStream());
        } catch (IOException e) {
            // The client sees it.
        }
    }

    private static void exchange(int bytes, String host, int port) throws IOException {
        byte[] sent = new byte[bytes];
        new Random(port).nextBytes(sent);
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(host), port), TIMEOUT_MS);
            socket.setSoTimeout(TIMEOUT_MS);
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> send(socket, sent));
            byte[] received = socket.getInputStream().readAllBytes();
            sending.join();
            System.out.println(
                    Arrays.equals(sent, received)
                            ? "the same"
                            : host + " port " + port + ": " + received.length + " other bytes");
        }
    }

    private static void send(Socket socket, byte[] bytes) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
