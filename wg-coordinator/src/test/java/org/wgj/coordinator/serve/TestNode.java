// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.EnrolAnswer;
import org.wgj.mesh.enrol.EnrolClient;
import org.wgj.mesh.enrol.EnrolPlane;
import org.wgj.mesh.enrol.EnrolRequest;
import org.wgj.mesh.enrol.NodePorts;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.StreamLine;
import org.wgj.mesh.token.JoinToken;
import org.wgj.netstack.TunnelNet;
import org.wgj.netstack.TunnelNetBuilder;
import org.wgj.protocol.IpPrefix;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeMap;

/** A node as the coordinator's tests need it: it joins and speaks HTTP through its tunnel. */
final class TestNode implements AutoCloseable {
    final PrivateKey key;
    final EnrolAnswer answer;
    final TunnelNet net;
    private final InetAddress coordinator;

    private TestNode(
            PrivateKey key, EnrolAnswer answer, TunnelNet net, MapCoordinator coordinator) {
        this.key = key;
        this.answer = answer;
        this.net = net;
        this.coordinator = coordinator.addresses().firstEntry().getValue().getFirst();
    }

    static EnrolRequest request(String name, PublicKey key) {
        TreeMap<String, PublicKey> keys = new TreeMap<>();
        keys.put("wg0", key);
        return new EnrolRequest(name, keys, NodePorts.USUAL, List.of(), "", false, false, null);
    }

    static EnrolAnswer ask(JoinToken token, EnrolRequest request)
            throws IOException, InterruptedException {
        return new EnrolClient(token, Duration.ofSeconds(30), InstantSource.system()).ask(request);
    }

    static TestNode join(JoinToken token, String name) throws IOException, InterruptedException {
        PrivateKey key = PrivateKey.generate();
        EnrolAnswer answer = ask(token, request(name, key.publicKey()));
        if (answer.result() != EnrolAnswer.Result.JOINED) {
            throw new IOException(answer.toString());
        }
        return up(key, answer, answer.coordinators().getFirst());
    }

    /** Brings the tunnel of the first plane up, with one coordinator as its peer. */
    static TestNode up(PrivateKey key, EnrolAnswer answer, MapCoordinator coordinator)
            throws IOException {
        EnrolPlane plane = answer.planes().getFirst();
        TunnelNetBuilder builder = TunnelNet.builder().mtu(1_420);
        plane.addresses().forEach(builder::address);
        TunnelNet net =
                builder.tunnel(
                                tunnel ->
                                        tunnel.privateKey(key)
                                                .peer(
                                                        coordinator.key(),
                                                        peer -> {
                                                            peer.endpoint(endpoint(coordinator))
                                                                    .persistentKeepalive(25);
                                                            coordinator
                                                                    .addresses()
                                                                    .get(plane.name())
                                                                    .forEach(
                                                                            a ->
                                                                                    peer.allowedIp(
                                                                                            IpPrefix
                                                                                                    .of(
                                                                                                            a,
                                                                                                            a
                                                                                                                            .getAddress()
                                                                                                                            .length
                                                                                                                    * 8)));
                                                        }))
                        .open();
        return new TestNode(key, answer, net, coordinator);
    }

    private static InetSocketAddress endpoint(MapCoordinator coordinator) {
        return new InetSocketAddress(
                coordinator.endpoints().getFirst().host(),
                coordinator.endpoints().getFirst().port());
    }

    Socket connect() throws IOException {
        Socket socket =
                net.connect(
                        coordinator.getHostAddress(),
                        CoordinatorOptions.HTTP_PORT,
                        Duration.ofSeconds(20));
        socket.setSoTimeout(20_000);
        return socket;
    }

    private byte[] head(String line, int length) {
        return (line
                        + " HTTP/1.1\r\nHost: "
                        + coordinator.getHostAddress()
                        + ":7707\r\nContent-Length: "
                        + length
                        + "\r\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Sends one request; returns the whole answer as text. */
    String call(String line, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        try (Socket socket = connect()) {
            socket.getOutputStream().write(head(line, bytes.length));
            socket.getOutputStream().write("Connection: close\r\n\r\n".getBytes());
            socket.getOutputStream().write(bytes);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Begins a stream. */
    Lines stream(String query) throws IOException {
        Socket socket = connect();
        socket.getOutputStream().write(head("GET /v1/stream" + query, 0));
        socket.getOutputStream().write("\r\n".getBytes(StandardCharsets.UTF_8));
        return new Lines(socket);
    }

    /** The lines of a stream. */
    static final class Lines implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;

        Lines(Socket socket) throws IOException {
            this.socket = socket;
            in = new BufferedInputStream(socket.getInputStream());
            String status = line();
            if (!status.startsWith("HTTP/1.1 200")) {
                throw new IOException(status);
            }
            while (!line().isEmpty()) {}
        }

        private String line() throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new EOFException();
                }
                bytes.write(next);
            }
            return bytes.toString(StandardCharsets.UTF_8).stripTrailing();
        }

        /** Reads one chunk, which is one line. */
        StreamLine next() throws IOException {
            int length = Integer.parseInt(line(), 16);
            if (length == 0) {
                throw new EOFException();
            }
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length || bytes[length - 1] != '\n') {
                throw new EOFException();
            }
            line();
            return StreamLine.read(java.util.Arrays.copyOf(bytes, length - 1));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Override
    public void close() {
        net.close();
    }
}
