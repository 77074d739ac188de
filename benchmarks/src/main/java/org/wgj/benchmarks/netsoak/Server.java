// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import org.wgj.netstack.TunnelNet;
import org.wgj.netstack.dns.DnsMessage;
import org.wgj.netstack.dns.DnsQuestion;
import org.wgj.netstack.dns.DnsRecord;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.SplittableRandom;

/** Serves what clients order: streams over TCP, echo over UDP, and names. */
final class Server {
    static final int PORT = 7001;
    static final int ECHO_PORT = 7002;
    static final int DNS_PORT = 53;

    /** Longer than any fault, so that only a lost connection ends a wait. */
    static final int PATIENCE_MS = 60_000;

    private static final int MAX_DATAGRAM = 65_535;
    private static final int BACKLOG = 512;
    private static final int ANSWER_CHUNK = 64;

    private final SoakFindings findings;

    Server(SoakFindings findings) {
        this.findings = findings;
    }

    /** Starts to serve, until the net is closed. */
    void start(TunnelNet net) throws IOException {
        ServerSocket listener = net.listen(null, PORT, BACKLOG);
        DatagramSocket echo = net.datagram(ECHO_PORT);
        DatagramSocket names = net.datagram(DNS_PORT);
        Thread.ofVirtual().start(() -> serve("streams", () -> accept(listener)));
        Thread.ofVirtual().start(() -> serve("echo", () -> echo(echo)));
        Thread.ofVirtual().start(() -> serve("names", () -> names(names)));
    }

    /** A service that ends with an exception. */
    private interface Service {
        void run() throws IOException;
    }

    private void serve(String name, Service service) {
        try {
            service.run();
        } catch (IOException | RuntimeException e) {
            findings.add("server of " + name, e);
        }
    }

    private void accept(ServerSocket listener) throws IOException {
        while (true) {
            Socket socket = listener.accept();
            Thread.ofVirtual().start(() -> serve(socket));
        }
    }

    private void serve(Socket socket) {
        Order order = null;
        try (socket) {
            socket.setSoTimeout(PATIENCE_MS);
            order = Order.read(socket.getInputStream());
            carryOut(order, socket);
        } catch (WrongBytesException e) {
            if (order.manner() != Order.Manner.CLIENT_ABORTS && !order.lenient()) {
                findings.add("server", e);
            } else if (e.getMessage().contains("differs")) {
                findings.add("server", e);
            }
        } catch (IOException e) {
            // Without an order, the client gave up before it said anything.
            if (order != null && order.manner() != Order.Manner.CLIENT_ABORTS && !order.lenient()) {
                findings.add("server, " + order, e);
            }
        }
    }

    private static void carryOut(Order order, Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream();
        switch (order.manner()) {
            case BOTH_WAYS, CLIENT_ABORTS -> Streams.bothWays(order, socket, false);
            case ANSWERS -> {
                for (long place = 0; place < order.toServer(); ) {
                    long count = Math.min(ANSWER_CHUNK, order.toServer() - place);
                    order.receive(in, true, place, count);
                    order.send(out, false, place, count);
                    place += count;
                }
                order.receiveEnd(in);
                socket.shutdownOutput();
            }
            case SERVER_LAST -> {
                order.receive(in, true, 0, order.toServer());
                order.receiveEnd(in);
                order.send(out, false, 0, order.toClient());
            }
            case CLIENT_LAST -> {
                order.send(out, false, 0, order.toClient());
                socket.shutdownOutput();
                order.receive(in, true, 0, order.toServer());
                order.receiveEnd(in);
            }
            case SERVER_ABORTS -> {
                SplittableRandom random = new SplittableRandom(order.seed());
                order.send(out, false, 0, random.nextLong(order.toClient() + 1));
                socket.setSoLinger(true, 0);
            }
        }
    }

    static int answerChunk() {
        return ANSWER_CHUNK;
    }

    private static void echo(DatagramSocket socket) throws IOException {
        byte[] buffer = new byte[MAX_DATAGRAM];
        while (true) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            socket.receive(packet);
            try {
                socket.send(packet);
            } catch (IOException e) {
                // The queue to the tunnel is full, or the client is gone: its datagram is lost.
            }
        }
    }

    private static void names(DatagramSocket socket) throws IOException {
        byte[] buffer = new byte[MAX_DATAGRAM];
        while (true) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            socket.receive(packet);
            DnsMessage query = DnsMessage.parse(buffer, 0, packet.getLength());
            byte[] answer = answer(query).write(DnsMessage.PLAIN_UDP_BYTES);
            try {
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            } catch (IOException e) {
                // As above.
            }
        }
    }

    /** "server.soak" is here, "hN.soak" has N in its addresses, and no other name exists. */
    private static DnsMessage answer(DnsMessage query) {
        DnsQuestion question = query.questions().getFirst();
        String name = question.name().toString();
        name = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        boolean ipv4 = question.type() == DnsRecord.TYPE_A;
        InetAddress address;
        if (name.equals("server.soak")) {
            address = ipv4 ? NetEnd.FAR_4 : NetEnd.FAR_6;
        } else if (name.matches("h\\d+\\.soak")) {
            int number = Integer.parseInt(name.substring(1, name.indexOf('.')));
            address = ipv4 ? NetEnd.host4(number) : NetEnd.host6(number);
        } else {
            return query.reply(DnsMessage.NO_SUCH_NAME, List.of(), List.of());
        }
        List<DnsRecord> answers = List.of(new DnsRecord.Address(question.name(), 1, address));
        return query.reply(DnsMessage.NO_ERROR, answers, List.of());
    }
}
