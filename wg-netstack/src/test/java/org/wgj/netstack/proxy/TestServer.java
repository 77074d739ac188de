// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A server on loopback that does the same with each connection. */
final class TestServer implements AutoCloseable {
    /** Serves a connection, which is closed afterwards. */
    interface Service {
        void serve(Socket client) throws IOException;
    }

    private final ServerSocket listening;
    final Queue<Socket> clients = new ConcurrentLinkedQueue<>();

    TestServer(Service service) throws IOException {
        this(InetAddress.ofLiteral("127.0.0.1"), service);
    }

    TestServer(InetAddress address, Service service) throws IOException {
        listening = new ServerSocket(0, 1024, address);
        Thread.ofVirtual()
                .start(
                        () -> {
                            while (!listening.isClosed()) {
                                try {
                                    Socket client = listening.accept();
                                    clients.add(client);
                                    Thread.ofVirtual().start(() -> serve(service, client));
                                } catch (IOException e) {
                                    return;
                                }
                            }
                        });
    }

    /** Answers only after the client has ended: "got N: " and all that it has sent. */
    static TestServer answersAtTheEnd() throws IOException {
        return new TestServer(
                client -> {
                    byte[] all = client.getInputStream().readAllBytes();
                    OutputStream out = client.getOutputStream();
                    out.write(("got " + all.length + ": ").getBytes(StandardCharsets.US_ASCII));
                    out.write(all);
                });
    }

    /** Sends back what comes, as it comes. */
    static TestServer echoes() throws IOException {
        return new TestServer(
                client -> client.getInputStream().transferTo(client.getOutputStream()));
    }

    private static void serve(Service service, Socket client) {
        try (client) {
            service.serve(client);
        } catch (IOException e) {
            // The client has gone.
        }
    }

    int port() {
        return listening.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket client : clients) {
            client.close();
        }
    }
}
