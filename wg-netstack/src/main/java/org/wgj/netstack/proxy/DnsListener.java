// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;

/**
 * Takes DNS questions over UDP, and as a {@link ConnectionHandler} over TCP (RFC 7766), and sends
 * back what the tunnel's name servers answer. Questions above a bound are dropped, and clients ask
 * again.
 */
public final class DnsListener implements Closeable, ConnectionHandler {
    private static final int MAX_PENDING = 512;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Answers one question; that of a tunnel asks its name servers. */
    @FunctionalInterface
    public interface Answers {
        /**
         * Answers, and waits for that if need be.
         *
         * @param bytes hold the question
         * @param length its length
         * @param tcp whether it came over TCP
         * @return the response; null for none
         */
        byte[] answer(byte[] bytes, int length, boolean tcp);
    }

    private final DatagramSocket socket;
    private final Answers answers;
    private final Semaphore pending = new Semaphore(MAX_PENDING);
    private final Thread receiver;

    private DnsListener(String name, DatagramSocket socket, Answers answers) {
        this.socket = socket;
        this.answers = answers;
        receiver =
                Thread.ofVirtual()
                        .name(name)
                        .unstarted(() -> DatagramLoop.run(socket, 0, this::received));
    }

    /**
     * Begins to answer over UDP.
     *
     * @param name how threads are called
     * @param socket a bound socket; closed with the listener
     * @param answers called for many questions at the same time
     * @return the running listener, which a {@link TcpServer} may use as its handler too
     */
    public static DnsListener start(String name, DatagramSocket socket, Answers answers) {
        DnsListener listener = new DnsListener(name, socket, answers);
        listener.receiver.start();
        return listener;
    }

    /**
     * Returns where it listens for datagrams.
     *
     * @return the bound address
     */
    public InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private void received(DatagramPacket packet) {
        if (!pending.tryAcquire()) {
            return;
        }
        byte[] question = Arrays.copyOf(packet.getData(), packet.getLength());
        SocketAddress client = packet.getSocketAddress();
        Thread.ofVirtual().name("dns-question").start(() -> answer(question, client));
    }

    private void answer(byte[] question, SocketAddress client) {
        try {
            byte[] answer = answers.answer(question, question.length, false);
            if (answer != null) {
                socket.send(new DatagramPacket(answer, answer.length, client));
            }
        } catch (IOException e) {
            // The client asks again.
        } finally {
            pending.release();
        }
    }

    /** Answers the questions of one connection one after the other. */
    @Override
    public void serve(Connection connection) throws IOException {
        ClientInput in = new ClientInput(connection.client().getInputStream());
        OutputStream out = connection.client().getOutputStream();
        for (int high = in.read(); high >= 0; high = in.read()) {
            byte[] question = in.exactly(high << 8 | in.one());
            connection.limit(connection.limits().dial()); // for the servers
            byte[] answer = answers.answer(question, question.length, true);
            if (answer == null) {
                return;
            }
            byte[] framed = new byte[2 + answer.length];
            framed[0] = (byte) (answer.length >> 8);
            framed[1] = (byte) answer.length;
            System.arraycopy(answer, 0, framed, 2, answer.length);
            out.write(framed);
            connection.limit(connection.limits().handshake());
        }
    }

    /** Stops listening, and waits until the port is free. */
    @Override
    public void close() {
        socket.close();
        try {
            var unused = receiver.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
