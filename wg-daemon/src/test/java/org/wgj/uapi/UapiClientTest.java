// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.process.ProcessInfo;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.settings.DaemonProperties;
import org.wgj.tun.TunOffload;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelStatus;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Tests the client of a configuration socket with our server and with a faulty one. */
@Timeout(60)
class UapiClientTest {
    @TempDir Path directory;

    private final FakeTunnel tunnel = new FakeTunnel();
    private String before;

    @BeforeEach
    void useDirectory() {
        before = System.getProperty(DaemonProperties.SOCKET_DIRECTORY);
        System.setProperty(DaemonProperties.SOCKET_DIRECTORY, directory.toString());
    }

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty(DaemonProperties.SOCKET_DIRECTORY);
        } else {
            System.setProperty(DaemonProperties.SOCKET_DIRECTORY, before);
        }
        tunnel.close();
    }

    private UapiServer serve() throws IOException {
        return UapiServer.start(directory, "wg0", tunnel, () -> {});
    }

    private static UapiClient client() {
        return UapiClient.of("wg0");
    }

    @Test
    void readsBackWhatItSet() throws IOException {
        PrivateKey key = PrivateKey.generate();
        PublicKey peer = PrivateKey.generate().publicKey();
        PresharedKey presharedKey = PresharedKey.generate();
        InetSocketAddress endpoint =
                new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 51820);
        List<SetCommand> commands = new ArrayList<>();
        commands.add(new SetCommand.PrivateKey(key));
        commands.add(new SetCommand.ListenPort(1234));
        commands.add(new SetCommand.Fwmark(-1));
        commands.add(new SetCommand.ReplacePeers());
        commands.add(new SetCommand.SelectPeer(peer));
        commands.add(new SetCommand.Preshared(presharedKey));
        commands.add(new SetCommand.Endpoint(endpoint));
        commands.add(new SetCommand.PersistentKeepalive(25));
        commands.add(new SetCommand.ReplaceAllowedIps());
        List<IpPrefix> ranges = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) { // many pieces each way
            ranges.add(new IpPrefix(false, 0, 0x0a00_0000L + i, 32));
            commands.add(new SetCommand.AddAllowedIp(ranges.getLast()));
        }
        commands.add(new SetCommand.RemoveAllowedIp(ranges.removeLast()));
        try (var _ = serve()) {
            client().set(commands);
            StatusWithKeys withKeys = client().statusWithKeys();
            TunnelStatus status = withKeys.status();
            assertEquals("wg0", status.name());
            assertEquals(key, withKeys.privateKey());
            assertEquals(key.publicKey(), status.publicKey());
            assertEquals(status, client().get());
            assertEquals(1234, status.listenPort());
            assertEquals(-1, status.fwmark());
            PeerStatus read = status.peers().getFirst();
            assertEquals(peer, read.publicKey());
            assertEquals(presharedKey, withKeys.presharedKey(peer));
            assertEquals(endpoint, read.endpoint().toSocketAddress());
            assertEquals(25, read.persistentKeepaliveSeconds());
            assertEquals(ranges, read.allowedIps());
            client().set(List.of(new SetCommand.PrivateKey(null)));
            assertEquals(null, client().get().publicKey());
            assertEquals(null, client().statusWithKeys().privateKey());
        }
    }

    @Test
    void saysWhyTheInterfaceRefused() throws IOException {
        try (var _ = serve()) {
            List<SetCommand> busy = List.of(new SetCommand.ListenPort(FakeTunnel.BUSY_PORT));
            ErrnoException e = assertThrows(ErrnoException.class, () -> client().set(busy));
            assertEquals(Errno.EADDRINUSE, e.errno());
            assertEquals(
                    "wg0: set was refused: address already in use (EADDRINUSE)", e.getMessage());
        }
    }

    @Test
    void readsTheDataPathOfOurServer() throws IOException {
        try (var _ = serve()) {
            var dataPath = client().dataPath().orElseThrow();
            assertEquals("fake", dataPath.aead());
            assertEquals(3, dataPath.workers());
            assertEquals(
                    Set.of(TunOffload.SPLIT_TCP, TunOffload.COALESCE_UDP), dataPath.tunOffloads());
            assertEquals(true, dataPath.udpSegmentation());
            assertEquals(false, dataPath.udpCoalescing());
            assertEquals(3L, dataPath.drops().get(DropReason.NO_PEER));
            assertEquals(FakeTunnel.UDP, dataPath.udp());
            assertEquals(FakeTunnel.COUNTERS, dataPath.counters());
            assertEquals(FakeTunnel.LOOP_DELAY, dataPath.loopDelay());
            ProcessInfo process = client().process().orElseThrow();
            ProcessInfo here = ProcessInfo.now();
            assertEquals(here.version(), process.version());
            assertEquals(here.java(), process.java());
            assertEquals(here.startSeconds(), process.startSeconds());
            assertEquals(
                    here.collectors().stream().map(ProcessInfo.Collector::name).toList(),
                    process.collectors().stream().map(ProcessInfo.Collector::name).toList());
        }
    }

    @Test
    void listsInterfacesWithAListener() throws IOException {
        assertEquals(List.of(), UapiClient.interfaces());
        Files.createFile(directory.resolve("stale.sock"));
        try (var _ = serve()) {
            assertEquals(List.of("wg0"), UapiClient.interfaces());
        }
        assertEquals(List.of(), UapiClient.interfaces());
    }

    @Test
    void saysThatThereIsNoSuchInterface() {
        ErrnoException e = assertThrows(ErrnoException.class, () -> client().get());
        assertEquals(Errno.ENOENT, e.errno());
        assertTrue(e.getMessage().startsWith("wg0: no such interface"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> UapiClient.of("a/b"));
    }

    @Test
    void saysThatNoProcessListensAnyMore() throws IOException {
        try (var _ = bind()) {
            // the file stays
        }
        ErrnoException e = assertThrows(ErrnoException.class, () -> client().get());
        assertEquals(Errno.ECONNREFUSED, e.errno());
    }

    @Test
    @Timeout(10)
    void anInterruptEndsTheWaitForAnAnswer() throws IOException {
        try (ServerSocketChannel _ = bind()) {
            Thread.currentThread().interrupt();
            assertThrows(ClosedByInterruptException.class, () -> client().get());
            assertTrue(Thread.interrupted());
        }
    }

    private ServerSocketChannel bind() throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        return channel.bind(UnixDomainSocketAddress.of(directory.resolve("wg0.sock")));
    }

    /** Returns the client's message for a server that sends this and closes. */
    private String answered(String text) throws IOException {
        Files.deleteIfExists(directory.resolve("wg0.sock"));
        try (ServerSocketChannel server = bind()) {
            var answering =
                    CompletableFuture.runAsync(
                            () -> {
                                try (SocketChannel channel = server.accept()) {
                                    channel.read(ByteBuffer.allocate(100));
                                    channel.write(
                                            ByteBuffer.wrap(
                                                    text.getBytes(StandardCharsets.ISO_8859_1)));
                                } catch (IOException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            IOException e = assertThrows(IOException.class, () -> client().get());
            answering.join();
            return e.getMessage();
        }
    }

    @Test
    void survivesInvalidAnswersAndRepeatsNoneOfThem() throws IOException {
        assertTrue(answered("").endsWith("the connection ended"));
        assertTrue(answered("fwmark=1\n").endsWith("the connection ended"));
        assertTrue(answered("fwmark=1\n\n").endsWith("it has no errno"));
        assertTrue(answered("secret\n\n").endsWith("a line without '='"));
        assertTrue(
                answered("private_key=secret\nerrno=0\n\n").contains("private_key: a key in hex"));
        assertTrue(answered("x".repeat(9000)).endsWith("a line of more than 8192 bytes"));
        assertEquals("wg0: get was refused: no such device (ENODEV)", answered("errno=19\n\n"));
        String peer = "public_key=" + "0".repeat(64) + "\n";
        assertTrue(
                answered(peer + "rx_bytes=secret\nerrno=0\n\n")
                        .endsWith("rx_bytes: expected a number"));
    }
}
