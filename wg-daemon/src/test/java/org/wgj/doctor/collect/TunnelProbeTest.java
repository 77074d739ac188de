// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PrivateKey;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Through;
import org.wgj.doctor.observation.Through.NameReply;
import org.wgj.doctor.observation.Through.Reply;
import org.wgj.doctor.observation.Through.TargetReply;
import org.wgj.doctor.observation.ThroughTarget;
import org.wgj.netstack.TunnelNet;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Opens the tunnel of a file to a second one in this process, which is also the name server. */
class TunnelProbeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    private static final InetAddress FAR = InetAddress.ofLiteral("10.0.0.1");
    private static final int DNS_HEADER = 12;

    private final PrivateKey farKey = PrivateKey.generate();
    private final PrivateKey ownKey = PrivateKey.generate();
    private final PrivateKey thirdKey = PrivateKey.generate();
    private TunnelNet far;
    private ServerSocket listener;

    @TempDir Path folder;

    @BeforeEach
    void startTheFarSide() throws IOException {
        far =
                TunnelNet.builder()
                        .address(FAR)
                        .tunnel(
                                tunnel ->
                                        tunnel.privateKey(farKey)
                                                .peer(
                                                        ownKey.publicKey(),
                                                        peer ->
                                                                peer.allowedIp(
                                                                        IpPrefix.parse(
                                                                                "10.0.0.2/32"))))
                        .open();
        listener = far.listen(7); // held, since a listener that is collected is closed
    }

    @AfterEach
    void endTheFarSide() throws IOException {
        listener.close();
        far.close();
    }

    /** Knows one name, {@code server.office}; says of all others that they do not exist. */
    private void serveNames() throws IOException {
        DatagramSocket socket = far.datagram(53);
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                while (true) {
                                    DatagramPacket packet = new DatagramPacket(new byte[512], 512);
                                    socket.receive(packet);
                                    byte[] answer =
                                            answer(
                                                    Arrays.copyOf(
                                                            packet.getData(), packet.getLength()));
                                    socket.send(
                                            new DatagramPacket(
                                                    answer,
                                                    answer.length,
                                                    packet.getSocketAddress()));
                                }
                            } catch (IOException e) {
                                // The test has ended.
                            }
                        });
    }

    private static byte[] answer(byte[] query) {
        boolean known =
                new String(query, StandardCharsets.ISO_8859_1).contains("\6server\6office\0");
        int end = DNS_HEADER;
        while (query[end] != 0) {
            end += 1 + query[end];
        }
        end += 5;
        ByteBuffer answer = ByteBuffer.allocate(end + (known ? 16 : 0));
        answer.put(query, 0, end);
        answer.putShort(2, (short) (known ? 0x8180 : 0x8183)); // recursion there; no such name
        answer.putShort(6, (short) (known ? 1 : 0));
        answer.putInt(8, 0);
        if (known) { // A, IN, for no time
            answer.putShort((short) (0xc000 | DNS_HEADER)).putShort((short) 1).putShort((short) 1);
            answer.putInt(0).putShort((short) 4).put(FAR.getAddress());
        }
        return answer.array();
    }

    private Subject subject(String more) throws IOException {
        return subject(more, "10.0.0.0/24");
    }

    private Subject subject(String more, String allowedIps) throws IOException {
        Path path = folder.resolve("wg0.conf");
        Files.writeString(
                path,
                """
                [Interface]
                Address = 10.0.0.2
                PrivateKey = %s
                %s
                [Peer]
                PublicKey = %s
                Endpoint = 127.0.0.1:%d
                AllowedIPs = %s
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.0.1.0/24
                """
                        .formatted(
                                ownKey.toBase64(),
                                more,
                                farKey.publicKey().toBase64(),
                                far.tunnel().status().join().listenPort(),
                                allowedIps,
                                thirdKey.publicKey().toBase64()));
        return new Subject("wg0", ConfigReader.read(path), true, null, null, Map.of());
    }

    private Through look(String more, String... targets) throws IOException {
        return TunnelProbe.look(
                subject(more), Stream.of(targets).map(ThroughTarget::parse).toList(), PATIENCE);
    }

    private static List<Reply> replies(Through through) {
        return through.targets().stream().map(TargetReply::reply).toList();
    }

    @Test
    void everyReasonOfATargetIsToldApart() throws IOException {
        Through through =
                look(
                        "",
                        "10.0.0.1:7",
                        "10.0.0.1",
                        "10.0.0.1:8",
                        "10.0.0.77:80",
                        "192.0.2.1:80",
                        "10.0.1.1:80");
        assertTrue(through.opened());
        assertEquals(
                List.of(
                        Reply.ANSWERED,
                        Reply.ANSWERED,
                        Reply.REFUSED,
                        Reply.TIMED_OUT,
                        Reply.NOT_COVERED,
                        Reply.NO_HANDSHAKE),
                replies(through));
        assertEquals(farKey.publicKey(), through.targets().get(3).peer());
        assertEquals(thirdKey.publicKey(), through.targets().get(5).peer());
        assertTrue(through.names().isEmpty());
        assertEquals(OptionalInt.of(1420), through.mtus().get(farKey.publicKey()).limit());
        assertFalse(through.mtus().containsKey(thirdKey.publicKey()));
    }

    @Test
    void namesAreAskedOfTheServersOfTheFile() throws IOException {
        serveNames();
        Through through = look("DNS = 10.0.0.1", "server.office:7", "nowhere.office");
        assertEquals(List.of(Reply.ANSWERED, Reply.UNKNOWN_NAME), replies(through));
        assertEquals(
                List.of(
                        new NameReply(
                                FAR, "server.office", true, Reply.ANSWERED, List.of(FAR), null),
                        new NameReply(
                                FAR, "nowhere.office", true, Reply.UNKNOWN_NAME, List.of(), null)),
                through.names());
    }

    @Test
    void aServerIsAskedWithoutANameToo() throws IOException {
        serveNames();
        NameReply reply = look("DNS = 10.0.0.1", "10.0.0.1").names().getFirst();
        assertEquals(Reply.UNKNOWN_NAME, reply.reply());
        assertFalse(reply.wanted());
    }

    @Test
    void aServerThatIsNoneOrOutOfReachIsTold() throws IOException {
        Through through = look("DNS = 10.0.0.1, 192.0.2.53", "10.0.0.1");
        assertEquals(
                List.of(Reply.FAILED, Reply.NOT_COVERED),
                through.names().stream().map(NameReply::reply).toList());
    }

    @Test
    void ipv6IsNotTriedWhereTheMtuHasNoRoomForIt() throws IOException {
        serveNames();
        Subject subject =
                subject(
                        "DNS = 10.0.0.1, fd00::1\nMTU = 1200\nAddress = fd00::2",
                        "10.0.0.0/24, fd00::/64");
        Through through =
                TunnelProbe.look(
                        subject,
                        Stream.of("[fd00::1]:7", "fd00::1", "10.0.0.1:7")
                                .map(ThroughTarget::parse)
                                .toList(),
                        PATIENCE);
        assertTrue(through.opened(), through::toString);
        assertEquals(List.of(Reply.NO_SOURCE, Reply.NO_SOURCE, Reply.ANSWERED), replies(through));
        assertEquals(
                List.of(Reply.UNKNOWN_NAME, Reply.NO_SOURCE),
                through.names().stream().map(NameReply::reply).toList());
        String reason = "MTU 1200 is below 1280, which IPv6 needs";
        assertEquals(reason, through.names().get(1).detail());
        assertEquals(reason, through.targets().getFirst().detail());
        assertEquals(OptionalInt.of(1200), through.mtus().get(farKey.publicKey()).limit());
    }

    @Test
    void aFileWithoutAnAddressStartsNoTunnel() throws IOException {
        Subject subject = subject("");
        Path path = subject.file().path();
        Files.writeString(path, Files.readString(path).replace("Address = 10.0.0.2\n", ""));
        Subject without = new Subject("wg0", ConfigReader.read(path), true, null, null, Map.of());
        Through through =
                TunnelProbe.look(without, List.of(new ThroughTarget("10.0.0.1", 0)), PATIENCE);
        assertTrue(through.failed().contains("has no address"), through::toString);
    }
}
