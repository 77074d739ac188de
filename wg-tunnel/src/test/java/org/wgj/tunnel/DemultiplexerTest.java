// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.Peer;
import org.wgj.protocol.message.InitiationMessage;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** Whom the datagrams of a shared port reach, hostile ones included. */
class DemultiplexerTest {
    private static final int LONGEST = 200;

    private final Demultiplexer demultiplexer = new Demultiplexer();
    private final Map<PortUser, Integer> tally = new HashMap<>();
    private final List<User> users =
            List.of(new User("a", 1), new User("b", 2, -3), new User("c"), new User("d", 1 << 31));

    DemultiplexerTest() {
        users.forEach(demultiplexer::add);
    }

    /** A tunnel with a key, which writes down what it gets. */
    private static final class User implements PortUser {
        final String name;
        final PrivateKey key = PrivateKey.generate();
        final Set<Integer> indices = new TreeSet<>();
        final List<String> got = new ArrayList<>();
        int batches;
        Runnable onReceive = () -> {};
        private final Device device =
                new Device(
                        new SecureRandom(),
                        InstantSource.system(),
                        TransportAead.best(),
                        new Wire());

        User(String name, Integer... indices) {
            this.name = name;
            this.indices.addAll(Arrays.asList(indices));
            device.setPrivateKey(key);
        }

        @Override
        public boolean ownsIndex(int index) {
            return indices.contains(index);
        }

        @Override
        public boolean isFor(InitiationMessage message) {
            return device.isFor(message);
        }

        @Override
        public Endpoint provenEndpointOrNull(PublicKey peer) {
            return null;
        }

        @Override
        public void initiate(PublicKey peer, Endpoint alsoTo) {}

        @Override
        public void received(PacketBatch datagrams) {
            batches++;
            for (int i = 0; i < datagrams.count(); i++) {
                byte[] bytes =
                        datagrams
                                .slab()
                                .asSlice(datagrams.offsets()[i], datagrams.lengths()[i])
                                .toArray(ValueLayout.JAVA_BYTE);
                got.add(
                        HexFormat.of().formatHex(bytes)
                                + " "
                                + datagrams.trafficClasses()[i]
                                + " "
                                + datagrams.endpoints()[i].port());
            }
            onReceive.run();
        }

        @Override
        public void writable() {}

        @Override
        public String toString() {
            return name;
        }
    }

    /** Keeps what a device sends. */
    private static final class Wire implements DeviceOutput {
        byte[] last;

        @Override
        public void transmit(PacketBatch datagrams) {
            last =
                    datagrams
                            .slab()
                            .asSlice(datagrams.offsets()[0], datagrams.lengths()[0])
                            .toArray(ValueLayout.JAVA_BYTE);
        }

        @Override
        public void deliver(PacketBatch packets) {}

        @Override
        public void peerAdded(Peer peer) {}

        @Override
        public void handshakeStarted(Peer peer) {}

        @Override
        public void handshakeUnanswered(Peer peer) {}

        @Override
        public void handshakeFailed(Peer peer) {}

        @Override
        public void handshakeCompleted(Peer peer) {}

        @Override
        public void endpointChanged(Peer peer) {}

        @Override
        public void sessionExpired(Peer peer) {}

        @Override
        public void looped(Peer peer) {}
    }

    private static Endpoint from(int port) {
        return Endpoint.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    private static byte[] initiationTo(PublicKey key) {
        Wire wire = new Wire();
        Device caller =
                new Device(new SecureRandom(), InstantSource.system(), TransportAead.best(), wire);
        caller.setPrivateKey(PrivateKey.generate());
        caller.up(1);
        Peer peer = caller.addPeer(key);
        caller.setEndpoint(peer, from(9));
        caller.initiate(peer, null, 2);
        return wire.last;
    }

    private static byte[] message(int type, int length, int at, int index) {
        byte[] bytes = new byte[length];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0, type).putInt(at, index);
        return bytes;
    }

    private static byte[] data(int index) {
        return message(4, 32, 4, index);
    }

    private static byte[] response(int index) {
        return message(2, 92, 8, index);
    }

    private static byte[] cookieReply(int index) {
        return message(3, 64, 4, index);
    }

    private static PacketBatch batch(List<byte[]> datagrams) {
        int stride = PacketBatch.HEADROOM + LONGEST + PacketBatch.TAILROOM;
        PacketBatch batch = new PacketBatch(stride * datagrams.size(), datagrams.size());
        for (byte[] datagram : datagrams) {
            int offset = batch.count() * stride + PacketBatch.HEADROOM;
            MemorySegment.copy(
                    datagram, 0, batch.slab(), ValueLayout.JAVA_BYTE, offset, datagram.length);
            int count = batch.count();
            batch.add(offset, datagram.length, (byte) count, from(1 + count));
        }
        return batch;
    }

    private void receive(byte[]... datagrams) {
        demultiplexer.received(
                batch(List.of(datagrams)), (user, count) -> tally.merge(user, count, Integer::sum));
    }

    /** The tunnel that gets a datagram. */
    private String target(byte[] datagram) {
        users.forEach(user -> user.got.clear());
        receive(datagram);
        List<User> having = users.stream().filter(user -> !user.got.isEmpty()).toList();
        assertEquals(1, having.size(), "a datagram goes to one tunnel: " + having);
        return having.getFirst().name;
    }

    @Test
    void anInitiationGoesToTheOwnerOfTheKeyItIsFor() {
        for (User user : users) {
            assertEquals(user.name, target(initiationTo(user.key.publicKey())));
        }
    }

    @Test
    void aForgedInitiationReachesTheFirstTunnelWhichDropsIt() {
        byte[] forged = initiationTo(users.get(2).key.publicKey());
        forged[20] ^= 1;
        assertEquals("a", target(forged));
        byte[] noMac = initiationTo(users.get(3).key.publicKey());
        Arrays.fill(noMac, 116, 132, (byte) 0);
        assertEquals("a", target(noMac));
        assertEquals("a", target(initiationTo(PrivateKey.generate().publicKey())));
    }

    @Test
    void theSenderIndexOfAnInitiationHasNoSay() {
        byte[] crafted = initiationTo(users.get(2).key.publicKey());
        ByteBuffer.wrap(crafted).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 2); // index of b
        assertEquals("a", target(crafted)); // mac1 covers the index
    }

    @Test
    void anotherKeyTakesInitiationsAtOnce() {
        User user = users.get(1);
        PrivateKey next = PrivateKey.generate();
        user.device.setPrivateKey(next);
        assertEquals("b", target(initiationTo(next.publicKey())));
        assertEquals("a", target(initiationTo(user.key.publicKey())));
        user.device.setPrivateKey(null);
        assertEquals("a", target(initiationTo(next.publicKey())));
    }

    @Test
    void everythingElseGoesToTheOwnerOfTheReceiverIndex() {
        Map<Integer, String> owners = Map.of(1, "a", 2, "b", -3, "b", 1 << 31, "d");
        owners.forEach(
                (index, owner) -> {
                    assertEquals(owner, target(data(index)));
                    assertEquals(owner, target(response(index)));
                    assertEquals(owner, target(cookieReply(index)));
                });
    }

    @Test
    void aGuessedIndexReachesTheFirstTunnel() {
        for (int index : new int[] {0, 3, -1, Integer.MAX_VALUE}) {
            assertEquals("a", target(data(index)));
            assertEquals("a", target(response(index)));
            assertEquals("a", target(cookieReply(index)));
        }
    }

    @Test
    void whatIsNoMessageReachesTheFirstTunnel() {
        assertEquals("a", target(new byte[] {0}));
        assertEquals("a", target(Arrays.copyOf(data(2), 31)));
        assertEquals("a", target(Arrays.copyOf(response(2), 93)));
        assertEquals("a", target(Arrays.copyOf(initiationTo(users.get(1).key.publicKey()), 147)));
        byte[] reserved = data(2);
        reserved[3] = 1;
        assertEquals("a", target(reserved));
    }

    @Test
    void aBatchOfOneTunnelStaysWhole() {
        receive(data(2), data(-3), data(2));
        assertEquals(1, users.get(1).batches);
        assertEquals(3, users.get(1).got.size());
        assertEquals(Map.of(users.get(1), 3), tally);
    }

    @Test
    void aMixedBatchBecomesOneForEachTunnelInOrder() {
        Random random = new Random(17);
        List<byte[]> kinds =
                List.of(
                        data(1),
                        data(2),
                        data(-3),
                        data(1 << 31),
                        data(77),
                        response(2),
                        cookieReply(1 << 31),
                        new byte[] {1},
                        initiationTo(users.get(2).key.publicKey()),
                        initiationTo(users.get(3).key.publicKey()));
        for (int round = 0; round < 200; round++) {
            List<byte[]> datagrams = new ArrayList<>();
            for (int i = random.nextInt(1, 60); i > 0; i--) {
                byte[] datagram = kinds.get(random.nextInt(kinds.size())).clone();
                if (datagram[0] == 4) {
                    datagram[20] = (byte) i;
                }
                datagrams.add(datagram);
            }
            Map<String, List<String>> expected = new HashMap<>();
            for (int i = 0; i < datagrams.size(); i++) {
                String text =
                        HexFormat.of().formatHex(datagrams.get(i)) + " " + (byte) i + " " + (1 + i);
                expected.computeIfAbsent(target(datagrams.get(i)), k -> new ArrayList<>())
                        .add(text);
            }
            users.forEach(
                    user -> {
                        user.got.clear();
                        user.batches = 0;
                    });
            receive(datagrams.toArray(byte[][]::new));
            for (User user : users) {
                assertEquals(expected.getOrDefault(user.name, List.of()), user.got);
                assertEquals(expected.containsKey(user.name) ? 1 : 0, user.batches);
            }
        }
    }

    @Test
    void aTunnelThatIsClosedMeanwhileGetsNothing() {
        users.get(0).onReceive = () -> demultiplexer.remove(users.get(3));
        receive(data(1), data(1 << 31), data(2));
        assertEquals(1, users.get(0).got.size());
        assertEquals(1, users.get(1).got.size());
        assertEquals(List.of(), users.get(3).got);
    }

    @Test
    void withoutTunnelsNothingHappens() {
        users.forEach(demultiplexer::remove);
        receive(data(1));
        users.forEach(user -> assertEquals(List.of(), user.got));
    }
}
