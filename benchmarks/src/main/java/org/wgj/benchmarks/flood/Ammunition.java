// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.flood;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.cookie.CookieGenerator;
import org.wgj.protocol.device.ForgedInitiations;
import org.wgj.protocol.message.CookieReplyMessage;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.message.TransportMessage;
import org.wgj.protocol.noise.Handshake;
import org.wgj.protocol.noise.StaticIdentity;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.SplittableRandom;

/** The datagrams of one attack, one after the other. */
final class Ammunition {
    /** A full datagram at an MTU of 1420: header, packet and tag. */
    private static final int FULL_DATA = TransportMessage.MIN_LENGTH + 1_420;

    private static final int DIFFERENT = 1_024;
    private static final int SOURCES = 100_000;

    /** Timestamps of initiations are coarse: later ones must be this much later. */
    private static final long TIMESTAMP_STEP_NS = 1 << 24;

    private final Attack attack;
    private final Endpoint target;
    private final ForgedInitiations forged;
    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[][] prepared = new byte[DIFFERENT][];
    private final Handshake handshake;
    private final CookieGenerator macs;
    private Instant timestamp = Instant.now();
    private int fired;

    /**
     * @param own the key of a peer of the victim's, for the attacks that need one
     * @param index of a session or handshake of the victim's
     */
    Ammunition(Attack attack, Endpoint target, PublicKey victim, PrivateKey own, int index) {
        this.attack = attack;
        this.target = target;
        forged = new ForgedInitiations(victim, random);
        handshake = new Handshake(victim);
        handshake.setIdentity(new StaticIdentity(own));
        macs = new CookieGenerator(victim);
        byte[] replayed = initiation();
        for (int i = 0; i < DIFFERENT; i++) {
            prepared[i] =
                    switch (attack) {
                        case RANDOM -> randomBytes(1 + random.nextInt(FULL_DATA));
                        case JUNK, SPOOFED_IPV4, SPOOFED_IPV6 -> forged.next();
                        case FORGED_DATA -> numbered(TransportMessage.TYPE, index, FULL_DATA);
                        case COOKIE_REPLIES ->
                                numbered(CookieReplyMessage.TYPE, index, CookieReplyMessage.LENGTH);
                        case REPLAY, GENUINE -> replayed;
                    };
        }
    }

    byte[] next() {
        return attack == Attack.GENUINE ? initiation() : prepared[fired++ % DIFFERENT];
    }

    /** Returns the target of the next datagram and its claimed source. */
    Endpoint route() {
        return switch (attack) {
            case SPOOFED_IPV4 ->
                    from(0, Field.SPOOFED_IPV4 | random.nextInt(SOURCES) & 0xffff_ffffL);
            case SPOOFED_IPV6 -> from(Field.SPOOFED_IPV6, random.nextLong());
            default -> target;
        };
    }

    private Endpoint from(long high, long low) {
        return new Endpoint(
                target.ipv6(), target.high(), target.low(), target.port(), 0, high, low, 0);
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Type and receiver index are right, and nothing else. */
    private byte[] numbered(int type, int index, int length) {
        byte[] bytes = randomBytes(length);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(type).putInt(index);
        if (type == TransportMessage.TYPE) {
            bytes[15] = 0; // a counter that a session may come to
        }
        return bytes;
    }

    private byte[] initiation() {
        timestamp = timestamp.plusNanos(TIMESTAMP_STEP_NS);
        InitiationMessage message = handshake.createInitiation(fired++, random, timestamp);
        macs.addMacs(message, 0);
        return message.bytes();
    }
}
