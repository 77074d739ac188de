// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PrivateKey;
import org.wgj.fuzz.FuzzInput;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.device.Datagram.Kind;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sends datagrams to a device with live sessions, while time passes and packets flow both ways:
 * genuine ones replayed, diverted, cut, lengthened and changed, with a corrected mac1 if the input
 * asks for it; datagrams of any bytes; initiations of strangers and old ones; and floods that bring
 * the device under load. Forged datagrams change nothing, and in the end packets get through.
 */
public final class DatagramFuzz {
    private static final int MAX_STEPS = 48;
    private static final int MAX_FLOOD = 8;
    private static final int FLOOD_UNIT = 64;
    private static final long[] WAITS_NS = {
        1,
        TestNet.MILLISECOND,
        TestNet.SECOND,
        5 * TestNet.SECOND,
        10 * TestNet.SECOND,
        25 * TestNet.SECOND,
        120 * TestNet.SECOND,
        180 * TestNet.SECOND,
        540 * TestNet.SECOND
    };

    private final FuzzNet fuzz = new FuzzNet();
    private final TwoPeers net = fuzz.net;
    private final FuzzInput in;

    private DatagramFuzz(FuzzInput in) {
        this.in = in;
    }

    /** Called by Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        DatagramFuzz target = new DatagramFuzz(new FuzzInput(data));
        for (int step = 0; step < MAX_STEPS && target.in.hasMore(); step++) {
            target.step();
        }
        target.fuzz.checkStillWorks();
    }

    private void step() {
        switch (in.below(9)) {
            case 0 -> net.run(WAITS_NS[in.below(WAITS_NS.length)]);
            case 1 -> net.alice.send("from alice");
            case 2 -> net.bob.send("from bob");
            case 3 -> net.settle();
            case 4 -> chooseWire();
            case 5 -> receive(fuzz.node(in.flag()), changed());
            case 6 -> receive(fuzz.node(in.flag()), madeUp());
            case 7 -> initiate(fuzz.node(in.flag()));
            default -> flood(fuzz.node(in.flag()));
        }
        fuzz.checkBounds();
    }

    private void chooseWire() {
        Kind lost = Kind.values()[in.below(Kind.values().length)];
        switch (in.below(3)) {
            case 0 -> net.heal();
            case 1 -> net.lose(datagram -> true);
            default -> net.lose(datagram -> datagram.is(lost));
        }
    }

    private void receive(Node victim, byte[] bytes) {
        Endpoint source = in.flag() ? fuzz.elsewhere : net.other(victim).address;
        if (in.flag()) {
            FuzzNet.fixMac1(bytes, victim.publicKey());
        }
        Datagram datagram = fuzz.from(source, bytes);
        FuzzNet.Snapshot before = fuzz.snapshot(victim);
        boolean forged = fuzz.isForged(datagram);
        victim.receive(datagram);
        FuzzNet.check(
                !forged || before.equals(fuzz.snapshot(victim)),
                "a forged datagram changed something");
    }

    /** Returns a datagram that was sent, perhaps with changed bytes or another length. */
    private byte[] changed() {
        List<Datagram> sent = net.sent();
        if (sent.isEmpty()) {
            return new byte[0];
        }
        // Counted from the last one, which matters most for what comes next.
        byte[] bytes = sent.get(sent.size() - 1 - in.number() % sent.size()).bytes().clone();
        for (int changes = in.below(4); changes > 0; changes--) {
            int at = in.longNumber() % bytes.length;
            bytes[at] ^= (byte) in.number();
        }
        return in.below(4) == 0 ? Arrays.copyOf(bytes, in.longNumber() % 2000) : bytes;
    }

    /** Returns any bytes, after a valid header if the input asks for it. */
    private byte[] madeUp() {
        int type = in.below(6);
        boolean known = in.flag();
        Node addressed = fuzz.node(in.flag());
        byte[] bytes = in.longBytes();
        int length =
                switch (type) {
                    case 1 -> 148;
                    case 2 -> 92;
                    case 3 -> 64;
                    default -> bytes.length;
                };
        bytes = Arrays.copyOf(bytes, length);
        if (type > 0 && type < 5 && length >= 16) {
            putLittle(bytes, 0, type);
            if (known) {
                putLittle(bytes, type == 2 ? 8 : 4, fuzz.sessionIndex(addressed));
            }
        }
        return bytes;
    }

    /** Returns an initiation from a stranger, or from the peer but older than its last one. */
    private void initiate(Node victim) {
        // Alice began, so only Bob has received an initiation that others can be older than.
        boolean known = in.flag() && victim == net.bob;
        PrivateKey initiator = known ? net.other(victim).key : fuzz.stranger;
        byte[] timestamp = Arrays.copyOf(in.bytes(12), 12);
        timestamp[0] &= 0x3f; // TAI64 begins 1970 with 0x40
        byte[] bytes = new byte[148];
        putLittle(bytes, 0, 1);
        putLittle(bytes, 4, in.longNumber());
        byte[] noise =
                NoiseByHand.handshake(
                                NoiseByHand.WIREGUARD,
                                initiator,
                                fuzz.stranger,
                                victim.key,
                                fuzz.stranger,
                                new byte[32],
                                timestamp,
                                new byte[0])
                        .initiation();
        System.arraycopy(noise, 0, bytes, 8, noise.length);
        NoiseByHand.writeMac1(bytes, victim.publicKey());
        FuzzNet.Snapshot before = fuzz.snapshot(victim);
        victim.receive(fuzz.from(fuzz.elsewhere, bytes));
        FuzzNet.check(
                before.equals(fuzz.snapshot(victim)),
                "an initiation of no worth changed something");
    }

    /** Sends handshake messages in which only mac1 is valid. */
    private void flood(Node victim) {
        int type = 1 + in.below(2);
        int count = FLOOD_UNIT * (1 + in.below(MAX_FLOOD));
        List<Datagram> flood = new ArrayList<>();
        byte[] some = in.shortBytes();
        for (int i = 0; i < count; i++) {
            byte[] bytes = Arrays.copyOf(some, type == 1 ? 148 : 92);
            putLittle(bytes, 0, type);
            putLittle(bytes, 4, i);
            NoiseByHand.writeMac1(bytes, victim.publicKey());
            flood.add(fuzz.from(TestNet.endpoint("203.0.113." + i % 7, 1000 + i % 3), bytes));
        }
        FuzzNet.Snapshot before = fuzz.snapshot(victim);
        victim.receive(flood.toArray(Datagram[]::new));
        FuzzNet.check(before.equals(fuzz.snapshot(victim)), "a flood changed something");
    }

    private static void putLittle(byte[] bytes, int at, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[at + i] = (byte) (value >>> 8 * i);
        }
    }
}
