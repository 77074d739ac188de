// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A DNS server on loopback, by UDP and TCP, that answers as a test tells it to. It keeps what it
 * was asked.
 */
public final class DnsTestServer implements AutoCloseable {
    /** Decides on the answers. */
    @FunctionalInterface
    public interface Script {
        /**
         * Answers a query.
         *
         * @param query the query
         * @param tcp whether it came by TCP
         * @return the messages to send, none to stay silent
         * @throws Exception to stay silent as well
         */
        List<byte[]> answer(DnsMessage query, boolean tcp) throws Exception;
    }

    /** The questions that the server got. */
    public record Asked(DnsQuestion question, boolean tcp, int port) {}

    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final Script script;
    private final List<Asked> asked = new CopyOnWriteArrayList<>();

    /** Starts a server. */
    public DnsTestServer(Script script) throws IOException {
        this.script = script;
        InetAddress loopback = InetAddress.getLoopbackAddress();
        DatagramSocket datagrams = null;
        ServerSocket connections = null;
        while (connections == null) {
            datagrams = new DatagramSocket(0, loopback);
            try {
                connections = new ServerSocket(datagrams.getLocalPort(), 50, loopback);
            } catch (BindException e) {
                datagrams.close(); // this port is taken by TCP: try another
            }
        }
        udp = datagrams;
        tcp = connections;
        Thread.ofVirtual().start(this::serveUdp);
        Thread.ofVirtual().start(this::serveTcp);
    }

    /** A server that knows these hosts: name to numeric addresses, all others do not exist. */
    public static DnsTestServer of(Map<String, List<String>> hosts) throws IOException {
        return new DnsTestServer(script(hosts));
    }

    /** Answers for these hosts. */
    public static Script script(Map<String, List<String>> hosts) {
        Map<DnsName, List<String>> known = new ConcurrentHashMap<>();
        hosts.forEach((name, addresses) -> known.put(DnsName.of(name), addresses));
        return (query, tcp) -> List.of(zone(query, known).write(tcp ? 0xffff : 512));
    }

    private static DnsMessage zone(DnsMessage query, Map<DnsName, List<String>> hosts) {
        DnsQuestion question = query.questions().getFirst();
        List<String> addresses = hosts.get(question.name());
        if (addresses == null) {
            return query.reply(DnsMessage.NO_SUCH_NAME, List.of(), List.of());
        }
        int bytes = question.type() == DnsRecord.TYPE_A ? 4 : 16;
        List<DnsRecord> records =
                addresses.stream()
                        .map(InetAddress::ofLiteral)
                        .filter(address -> address.getAddress().length == bytes)
                        .<DnsRecord>map(a -> new DnsRecord.Address(question.name(), 60, a))
                        .toList();
        return query.reply(DnsMessage.NO_ERROR, records, List.of());
    }

    /** The system's sockets, for servers on loopback. */
    public static DnsSockets sockets() {
        return new DnsSockets() {
            @Override
            public DatagramSocket datagram() throws IOException {
                return new DatagramSocket();
            }

            @Override
            public Socket connect(InetSocketAddress server, Duration timeout) throws IOException {
                Socket socket = new Socket();
                socket.connect(server, Math.toIntExact(Math.max(1, timeout.toMillis())));
                return socket;
            }
        };
    }

    /** Returns the server's address. */
    public InetSocketAddress address() {
        return (InetSocketAddress) udp.getLocalSocketAddress();
    }

    /** Returns the questions so far. */
    public List<Asked> asked() {
        return List.copyOf(asked);
    }

    /** The names that it was asked for so far, each with its type: {@code "www.example A"}. */
    public List<String> questions() {
        return asked.stream()
                .map(Asked::question)
                .map(q -> q.name() + (q.type() == DnsRecord.TYPE_A ? " A" : " AAAA"))
                .toList();
    }

    private void serveUdp() {
        byte[] buffer = new byte[4096];
        while (!udp.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                udp.receive(packet);
                DnsMessage query = DnsMessage.parse(buffer, 0, packet.getLength());
                InetSocketAddress client = (InetSocketAddress) packet.getSocketAddress();
                Thread.ofVirtual().start(() -> answerUdp(query, client));
            } catch (IOException e) {
                // Closed, or no DNS message.
            }
        }
    }

    private void answerUdp(DnsMessage query, InetSocketAddress client) {
        asked.add(new Asked(query.questions().getFirst(), false, client.getPort()));
        try {
            for (byte[] message : script.answer(query, false)) {
                udp.send(new DatagramPacket(message, message.length, client));
            }
        } catch (Exception e) {
            // Silence is what the script wants then.
        }
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try {
                Socket client = tcp.accept();
                Thread.ofVirtual().start(() -> answerTcp(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void answerTcp(Socket client) {
        try (client) {
            DataInputStream in = new DataInputStream(client.getInputStream());
            byte[] bytes = new byte[in.readUnsignedShort()];
            in.readFully(bytes);
            DnsMessage query = DnsMessage.parse(bytes, 0, bytes.length);
            asked.add(new Asked(query.questions().getFirst(), true, client.getPort()));
            DataOutputStream out = new DataOutputStream(client.getOutputStream());
            for (byte[] message : script.answer(query, true)) {
                out.writeShort(message.length);
                out.write(message);
            }
        } catch (Exception e) {
            // The connection closes without an answer.
        }
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
