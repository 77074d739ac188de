// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.events.Event;
import org.wgj.events.EventHub;
import org.wgj.protocol.IpPrefix;
import org.wgj.settings.DaemonProperties;
import org.wgj.tun.MemoryTun;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelEvent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Follows the events of a real tunnel through its socket. */
@Timeout(60)
class FollowTest {
    @TempDir Path directory;

    private final PrivateKey key = PrivateKey.generate();
    private final PrivateKey peerKey = PrivateKey.generate();
    private String before;
    private Tunnel tunnel;
    private EventHub hub;
    private UapiServer server;

    @BeforeEach
    void serve() throws IOException {
        before = System.getProperty(DaemonProperties.SOCKET_DIRECTORY);
        System.setProperty(DaemonProperties.SOCKET_DIRECTORY, directory.toString());
        tunnel = Tunnel.builder(new MemoryTun("wg0", 1420)).privateKey(key).start();
        hub = EventHub.of(tunnel, null);
        server = UapiServer.start(directory, "wg0", tunnel, () -> {});
        server.onEvents(hub);
    }

    @AfterEach
    void restore() {
        hub.close();
        server.close();
        tunnel.close();
        if (before == null) {
            System.clearProperty(DaemonProperties.SOCKET_DIRECTORY);
        } else {
            System.setProperty(DaemonProperties.SOCKET_DIRECTORY, before);
        }
    }

    /** A client on a thread of its own. */
    private static final class Following {
        final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread thread =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        UapiClient.of("wg0").follow(events::add);
                                    } catch (IOException e) {
                                        failure.set(e);
                                    }
                                });

        Event next() throws InterruptedException {
            Event event = events.poll(30, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("no event; " + failure.get());
            }
            return event;
        }
    }

    private void add(PublicKey peer) {
        tunnel.configure(editor -> editor.addPeer(peer)).join();
    }

    private void remove(PublicKey peer) {
        tunnel.configure(editor -> editor.removePeer(peer)).join();
    }

    /** Adds and removes a peer until an event comes: the follower may not have begun yet. */
    private void begin(Following following) throws InterruptedException {
        PublicKey probe = PrivateKey.generate().publicKey();
        do {
            assertTrue(following.thread.isAlive());
            add(probe);
            remove(probe);
        } while (following.events.poll(50, TimeUnit.MILLISECONDS) == null);
        PublicKey last = PrivateKey.generate().publicKey();
        add(last);
        while (!last.equals(following.next().peer())) {
            assertTrue(following.thread.isAlive());
        }
    }

    @Test
    void aPeerThatConnectsIsReportedWithItsEndpointAndTheEndAsTheEnd() throws Exception {
        Following following = new Following();
        begin(following);
        tunnel.configure(
                        editor ->
                                editor.addPeer(peerKey.publicKey())
                                        .allowedIp(IpPrefix.parse("10.0.0.2/32")))
                .join();
        assertEquals(peerKey.publicKey(), following.next().peer());
        int port = tunnel.status().join().listenPort();
        MemoryTun packets = new MemoryTun("peer", 1420);
        try (Tunnel peer =
                Tunnel.builder(packets)
                        .privateKey(peerKey)
                        .peer(
                                key.publicKey(),
                                one ->
                                        one.endpoint(
                                                        new InetSocketAddress(
                                                                InetAddress.getLoopbackAddress(),
                                                                port))
                                                .persistentKeepalive(1)
                                                .allowedIp(IpPrefix.parse("10.0.0.1/32")))
                        .start()) {
            Event connected = following.next();
            assertEquals(Event.Kind.CONNECTED, connected.kind());
            assertEquals(peerKey.publicKey(), connected.peer());
            assertEquals("wg0", connected.interfaceName());
            assertEquals(
                    "127.0.0.1:" + peer.status().join().listenPort(),
                    connected.endpoint().toString());
        }
        tunnel.close();
        Event last = following.next();
        assertEquals(Event.Kind.CLOSED, last.kind());
        assertEquals("requested", last.reason());
        following.thread.join();
        assertEquals(null, following.failure.get());
    }

    @Test
    void theEndOfTheServerAloneIsAnEndToo() throws Exception {
        Following following = new Following();
        begin(following);
        server.close();
        following.thread.join();
        assertEquals("wg0: its process has ended", following.failure.get().getMessage());
    }

    @Test
    void anInterruptEndsAClient() throws Exception {
        Following following = new Following();
        begin(following);
        following.thread.interrupt();
        following.thread.join();
        assertEquals(ClosedByInterruptException.class, following.failure.get().getClass());
    }

    @Test
    void placesAreBoundedAndFreedByClientsThatCloseOrEndTheirOutput() throws Exception {
        List<RawClient> all = new ArrayList<>();
        for (int i = 0; i < EventHub.MAX_FOLLOWERS; i++) {
            RawClient one = new RawClient(directory.resolve("wg0.sock"));
            assertEquals("errno=0\n\n", one.ask("events=1\n\n"));
            all.add(one);
        }
        ErrnoException refused =
                assertThrows(ErrnoException.class, () -> UapiClient.of("wg0").follow(event -> {}));
        assertEquals(Errno.EBUSY, refused.errno());
        assertTrue(refused.getMessage().contains("16 followers"), refused.getMessage());
        assertEquals(0, UapiClient.of("wg0").get().peers().size(), "others are served");

        all.get(0).endOutput();
        assertTrue(all.get(0).atEnd());
        awaitPlace(all);
        all.get(1).close();
        awaitPlace(all);
        all.get(2).send("get=1\n\n"); // not answered, and not an error
        add(peerKey.publicKey());
        assertTrue(all.get(2).reply().startsWith("event=added\n"));
        for (RawClient one : all) {
            one.close();
        }
    }

    private void awaitPlace(List<RawClient> all) throws IOException {
        while (true) {
            RawClient one = new RawClient(directory.resolve("wg0.sock"));
            all.add(one);
            if (one.ask("events=1\n\n").equals("errno=0\n\n")) {
                return;
            }
        }
    }

    /** The events that a client does not read fill the socket and its queue, and no more. */
    @Test
    void aSlowClientIsToldHowManyItMissedAndHoldsUpNoOther() throws Exception {
        Semaphore handled = new Semaphore(0);
        tunnel.addListener(
                event -> {
                    if (event instanceof TunnelEvent.PeerRemoved) {
                        handled.release();
                    }
                });
        try (RawClient slow = new RawClient(directory.resolve("wg0.sock"))) {
            assertEquals("errno=0\n\n", slow.ask("events=1\n\n"));
            Following quick = new Following();
            begin(quick);
            int rounds = 8000;
            long taken = 0;
            for (int i = 0; i < rounds; i++) {
                add(peerKey.publicKey());
                remove(peerKey.publicKey());
                handled.acquire();
                if (i % 50 == 0) { // lets the quick one keep up
                    while (taken < 2L * i) {
                        taken += weight(quick.next());
                    }
                }
            }
            PublicKey last = PrivateKey.generate().publicKey();
            long received = 0;
            long missed = 0;
            boolean full = false;
            while (missed == 0) {
                String record = slow.reply();
                assertFalse(record.isEmpty());
                if (record.startsWith("event=missed\n")) {
                    missed = Long.parseLong(record.replaceAll("(?s).*\ncount=(\\d+)\n.*", "$1"));
                    full = true;
                } else {
                    received++;
                }
            }
            assertTrue(full);
            assertTrue(missed + received >= 2L * rounds, missed + " + " + received);
            add(last);
            String record = slow.reply();
            while (!record.contains(last.toHex())) {
                assertFalse(record.isEmpty());
                record = slow.reply();
            }
        }
    }

    private static long weight(Event event) {
        return event.kind() == Event.Kind.MISSED ? event.count() : 1;
    }

    @Test
    void anImplementationThatDoesNotKnowTheOperationIsNamed() throws IOException {
        server.onEvents(null); // now it ends the connection, as wireguard-go does
        IOException unsupported =
                assertThrows(IOException.class, () -> UapiClient.of("wg0").follow(event -> {}));
        assertTrue(
                unsupported.getMessage().startsWith("wg0: its process does not report events"),
                unsupported.getMessage());
    }
}
