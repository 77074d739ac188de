// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.junit.jupiter.api.Assertions;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PacketBatch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * One device in a {@link TestNet}, and everything that it was seen to do. Its input lies between
 * guard bytes, which it must not change.
 */
public final class Node implements DeviceOutput {
    /** A report of a device to its owner. */
    public enum Event {
        HANDSHAKE_COMPLETED,
        ENDPOINT_CHANGED,
        SESSION_EXPIRED,
        HANDSHAKE_STARTED,
        HANDSHAKE_UNANSWERED,
        HANDSHAKE_FAILED,
        LOOPED
    }

    /** An event and when it happened. */
    public record Told(long atNs, Event event, PublicKey peer) {}

    /** The wall clock time at 0 of the virtual clock. */
    static final Instant BEGINNING = Instant.parse("2026-11-22T12:00:00Z");

    private static final byte GUARD = (byte) 0xa5;
    private static final int GUARD_LENGTH = 8;

    public final String name;
    public final PrivateKey key;
    public final Device device;

    /** Addresses inside the tunnel. */
    public final String ipv4;

    public final String ipv6;

    /** Its address on the wire, which may change at any time. */
    public Endpoint address;

    /** The time by which its wall clock is ahead of that of the others. */
    public Duration wallClockError = Duration.ZERO;

    /**
     * True if its machine is suspended: time passes, but nothing is delivered and no deadline
     * noticed.
     */
    public boolean asleep;

    /** Packets delivered, in order. */
    public final List<byte[]> received = new ArrayList<>();

    /** Called with each packet when it is delivered. */
    public Consumer<byte[]> onDelivered = packet -> {};

    public final List<Told> told = new ArrayList<>();

    private final TestNet net;
    private Node friend;

    Node(TestNet net, String name, int number, Random random) {
        this.net = net;
        this.name = name;
        ipv4 = "10.0.0." + number;
        ipv6 = "fd00::" + number;
        address = TestNet.endpoint("192.0.2." + number, 51820);
        key = PrivateKey.generate(random);
        device = new Device(random, this::wallClock, net.aead, this, net.process.get());
        device.setMtu(1420);
        device.setPrivateKey(key);
    }

    /** Returns the time of its wall clock. */
    public Instant wallClock() {
        return BEGINNING.plusNanos(net.nowNs()).plus(wallClockError);
    }

    public PublicKey publicKey() {
        return key.publicKey();
    }

    /** Returns the other node as a peer of this one. */
    public Peer peer(Node other) {
        return device.peer(other.publicKey());
    }

    /** Adds the other as a peer, with its inner addresses and without an endpoint. */
    public Peer meet(Node other) {
        Peer peer = device.addPeer(other.publicKey());
        device.addAllowedIp(peer, IpPrefix.parse(other.ipv4));
        device.addAllowedIp(peer, IpPrefix.parse(other.ipv6));
        if (friend == null) {
            friend = other;
        }
        return peer;
    }

    /** Adds the other as a peer, with its endpoint. */
    public Peer meetAtItsAddress(Node other) {
        Peer peer = meet(other);
        device.setEndpoint(peer, other.address);
        return peer;
    }

    public void up() {
        device.up(net.nowNs());
    }

    /** Loses its memory and starts again with the configuration of its files. */
    public void reboot(Node other) {
        device.wipe();
        device.setPrivateKey(key);
        meetAtItsAddress(other);
        up();
    }

    /** Completes the configuration of the other. */
    public void configured(Node other) {
        device.peerConfigured(peer(other), net.nowNs());
    }

    /** Sends a packet with a text to the node it met first. */
    public void send(String text) {
        send(InnerPacket.text(ipv4, friend.ipv4, text));
    }

    public void sendTo(Node other, String text) {
        send(InnerPacket.text(ipv4, other.ipv4, text));
    }

    /** Sends packets of its system in one batch. */
    public void send(byte[]... packets) {
        guarded(
                packets,
                PacketBatch.HEADROOM,
                PacketBatch.TAILROOM,
                (batch, nowNs) -> device.send(batch, nowNs));
    }

    /** Receives datagrams from the wire in one batch, now. */
    public void receive(Datagram... datagrams) {
        byte[][] bytes = Arrays.stream(datagrams).map(Datagram::bytes).toArray(byte[][]::new);
        guarded(
                bytes,
                0,
                0,
                (batch, nowNs) -> {
                    for (int i = 0; i < datagrams.length; i++) {
                        batch.endpoints()[i] = datagrams[i].source();
                        batch.trafficClasses()[i] = datagrams[i].trafficClass();
                    }
                    device.receive(batch, nowNs);
                });
    }

    private interface Input {
        void accept(PacketBatch batch, long nowNs);
    }

    private void guarded(byte[][] contents, int headroom, int tailroom, Input input) {
        int space = GUARD_LENGTH;
        for (byte[] content : contents) {
            space += headroom + content.length + tailroom + GUARD_LENGTH;
        }
        PacketBatch batch = new PacketBatch(space, contents.length);
        MemorySegment slab = batch.slab();
        slab.fill(GUARD);
        int at = GUARD_LENGTH;
        int[] guards = new int[contents.length + 1];
        for (int i = 0; i < contents.length; i++) {
            at += headroom;
            MemorySegment.copy(contents[i], 0, slab, ValueLayout.JAVA_BYTE, at, contents[i].length);
            batch.offsets()[i] = at;
            batch.lengths()[i] = contents[i].length;
            at += contents[i].length + tailroom;
            guards[i + 1] = at;
            at += GUARD_LENGTH;
        }
        batch.setCount(contents.length);
        input.accept(batch, net.nowNs());
        for (int guard : guards) {
            for (int i = guard; i < guard + GUARD_LENGTH; i++) {
                Assertions.assertEquals(
                        GUARD, slab.get(ValueLayout.JAVA_BYTE, i), "written outside of its room");
            }
        }
    }

    /** Returns the texts of the delivered packets, in order. */
    public List<String> texts() {
        return received.stream().map(InnerPacket::textOf).toList();
    }

    public List<Told> told(Event event) {
        return told.stream().filter(t -> t.event() == event).toList();
    }

    public long drops(DropReason reason) {
        return device.drops(reason);
    }

    // --- what the device wants done

    @Override
    public void transmit(PacketBatch datagrams) {
        for (int i = 0; i < datagrams.count(); i++) {
            net.transmit(
                    this,
                    datagrams.endpoints()[i],
                    datagrams.trafficClasses()[i],
                    bytes(datagrams, i));
        }
    }

    @Override
    public void deliver(PacketBatch packets) {
        for (int i = 0; i < packets.count(); i++) {
            byte[] packet = bytes(packets, i);
            received.add(packet);
            onDelivered.accept(packet);
        }
    }

    private static byte[] bytes(PacketBatch batch, int i) {
        return batch.slab()
                .asSlice(batch.offsets()[i], batch.lengths()[i])
                .toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void handshakeCompleted(Peer peer) {
        told.add(new Told(net.nowNs(), Event.HANDSHAKE_COMPLETED, peer.publicKey()));
    }

    @Override
    public void endpointChanged(Peer peer) {
        told.add(new Told(net.nowNs(), Event.ENDPOINT_CHANGED, peer.publicKey()));
    }

    @Override
    public void sessionExpired(Peer peer) {
        told.add(new Told(net.nowNs(), Event.SESSION_EXPIRED, peer.publicKey()));
    }

    @Override
    public void handshakeStarted(Peer peer) {
        told.add(new Told(net.nowNs(), Event.HANDSHAKE_STARTED, peer.publicKey()));
    }

    @Override
    public void handshakeUnanswered(Peer peer) {
        told.add(new Told(net.nowNs(), Event.HANDSHAKE_UNANSWERED, peer.publicKey()));
    }

    @Override
    public void handshakeFailed(Peer peer) {
        told.add(new Told(net.nowNs(), Event.HANDSHAKE_FAILED, peer.publicKey()));
    }

    @Override
    public void looped(Peer peer) {
        told.add(new Told(net.nowNs(), Event.LOOPED, peer.publicKey()));
    }

    @Override
    public String toString() {
        return name;
    }
}
