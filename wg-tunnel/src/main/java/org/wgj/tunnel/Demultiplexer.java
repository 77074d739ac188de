// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.message.MessageType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Hands each datagram of a shared port to one of the tunnels on it: an initiation to the one whose
 * key its mac1 is for, all others to the one that has chosen the receiver index. What is for none,
 * the first tunnel gets, which drops and counts it.
 *
 * <p>It keeps nothing of a datagram and asks the tunnels themselves, so there is no table that a
 * sender could fill or that could differ from theirs. A wrong answer would cost a datagram and
 * nothing else: each tunnel checks all that it gets.
 *
 * <p>The datagrams of a tunnel stay one batch, in their order. Owned by the port's event loop.
 */
final class Demultiplexer {
    private final List<PortUser> users = new ArrayList<>();
    private int[] offsets = new int[0];
    private int[] lengths = new int[0];
    private byte[] trafficClasses = new byte[0];
    private Endpoint[] endpoints = new Endpoint[0];
    private PortUser[] targets = new PortUser[0];

    void add(PortUser user) {
        users.add(user);
    }

    void remove(PortUser user) {
        users.remove(user);
    }

    /** Returns the tunnels that receive now, in the order in which they began. */
    List<PortUser> users() {
        return List.copyOf(users);
    }

    /**
     * Hands out the datagrams of a batch.
     *
     * @param batch its contents are undefined afterwards
     */
    void received(PacketBatch batch, Tally tally) {
        int count = batch.count();
        if (users.isEmpty() || count == 0) {
            return;
        }
        makeRoom(batch.capacity());
        boolean same = true;
        for (int i = 0; i < count; i++) {
            targets[i] = target(batch, i);
            same &= targets[i] == targets[0];
        }
        if (same) {
            handOn(targets[0], batch, tally);
        } else {
            handOut(batch, count, tally);
        }
    }

    /** Counts what a tunnel gets. */
    @FunctionalInterface
    interface Tally {
        void received(PortUser user, int datagrams);
    }

    private void handOut(PacketBatch batch, int count, Tally tally) {
        System.arraycopy(batch.offsets(), 0, offsets, 0, count);
        System.arraycopy(batch.lengths(), 0, lengths, 0, count);
        System.arraycopy(batch.trafficClasses(), 0, trafficClasses, 0, count);
        System.arraycopy(batch.endpoints(), 0, endpoints, 0, count);
        for (PortUser user : users()) {
            batch.setCount(0);
            for (int i = 0; i < count; i++) {
                if (targets[i] == user) {
                    batch.add(offsets[i], lengths[i], trafficClasses[i], endpoints[i]);
                }
            }
            // One of those before may have closed it.
            if (batch.count() > 0 && users.contains(user)) {
                handOn(user, batch, tally);
            }
        }
    }

    private static void handOn(PortUser user, PacketBatch batch, Tally tally) {
        tally.received(user, batch.count());
        user.received(batch);
    }

    private PortUser target(PacketBatch batch, int i) {
        MemorySegment slab = batch.slab();
        int offset = batch.offsets()[i];
        MessageType type = MessageType.of(slab, offset, batch.lengths()[i]);
        return switch (type) {
            case TRANSPORT_DATA, RESPONSE, COOKIE_REPLY ->
                    owner(type.receiverIndex(slab, offset), i == 0 ? null : targets[i - 1]);
            case INITIATION -> addressee(slab, offset);
            case INVALID -> users.get(0);
        };
    }

    /**
     * @param likely the tunnel that got the datagram before; null for none
     */
    private PortUser owner(int index, PortUser likely) {
        if (likely != null && likely.ownsIndex(index)) {
            return likely;
        }
        for (PortUser user : users) {
            if (user.ownsIndex(index)) {
                return user;
            }
        }
        return users.get(0);
    }

    private PortUser addressee(MemorySegment slab, int offset) {
        byte[] bytes = new byte[InitiationMessage.LENGTH];
        MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, offset, bytes, 0, bytes.length);
        InitiationMessage message = new InitiationMessage(bytes);
        // The first tunnel checks mac1 itself, so a flood costs one MAC for each tunnel.
        for (int i = 1; i < users.size(); i++) {
            if (users.get(i).isFor(message)) {
                return users.get(i);
            }
        }
        return users.get(0);
    }

    private void makeRoom(int capacity) {
        if (targets.length < capacity) {
            offsets = new int[capacity];
            lengths = new int[capacity];
            trafficClasses = new byte[capacity];
            endpoints = new Endpoint[capacity];
            targets = new PortUser[capacity];
        }
    }
}
