// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.cookie.CookieChecker;
import org.wgj.protocol.cookie.RateLimiter;
import org.wgj.protocol.message.CookieReplyMessage;
import org.wgj.protocol.message.HandshakeMessage;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.message.MessageType;
import org.wgj.protocol.message.ResponseMessage;
import org.wgj.protocol.noise.ClaimedInitiation;
import org.wgj.protocol.noise.StaticIdentity;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/**
 * Handshake messages from outside and the defence against floods of them (whitepaper 5.3 and
 * 5.4.7).
 *
 * <p>Whoever does not know our public key fails at mac1, at once. The rest waits in a queue of
 * which a few are worked on at a time, between batches of data, so that a flood of handshakes does
 * not stop the tunnels there are. When many wait, or many came lately, a sender must first prove
 * its address by a cookie (mac2), and only then is it held to a rate: the other way round, anybody
 * could use up the rate of an address that is not his.
 */
final class HandshakeReceiver {
    /**
     * How many messages are worked on in one go: Diffie-Hellman for the first kind, one MAC and a
     * cookie for the second. An initiation of a peer's takes up to half a millisecond, for which
     * data has to wait.
     */
    private static final int WORK_AT_ONCE = 4;

    private static final int LOOK_AT_ONCE = 64;

    private final Device device;
    private final RandomGenerator random;
    private final RateLimiter limiter;
    private final HandshakeQueue queue = new HandshakeQueue();
    private final UnverifiedHandshakeBudget unverified = new UnverifiedHandshakeBudget();
    private final CookieReplyBudget cookies;

    private StaticIdentity identity;
    private CookieChecker checker;

    HandshakeReceiver(Device device, RandomGenerator random) {
        this.device = device;
        this.random = random;
        limiter = new RateLimiter(random);
        cookies = new CookieReplyBudget(random);
    }

    /** Sets or, with null, takes away our identity; what waits was made for the old one. */
    void setIdentity(StaticIdentity identity) {
        queue.clear();
        if (checker != null) {
            checker.wipe();
        }
        this.identity = identity;
        checker = identity == null ? null : new CookieChecker(identity.publicKey(), random);
    }

    /** Forgets what waits. */
    void clear() {
        queue.clear();
    }

    boolean isIdle() {
        return queue.isEmpty();
    }

    /** Takes a message of one of the three handshake types, whose length is right. */
    void receive(
            MessageType type,
            MemorySegment slab,
            int offset,
            int length,
            Endpoint source,
            long nowNs) {
        if (identity == null) {
            device.count(DropReason.NOT_READY, 1);
            return;
        }
        byte[] bytes = new byte[length];
        MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
        HandshakeMessage message;
        switch (type) {
            case COOKIE_REPLY -> {
                receiveCookieReply(new CookieReplyMessage(bytes), nowNs);
                return;
            }
            case INITIATION -> message = new InitiationMessage(bytes);
            case RESPONSE -> message = new ResponseMessage(bytes);
            default -> throw new IllegalArgumentException(type + " is no handshake message");
        }
        if (!checker.mac1Valid(message)) {
            device.count(DropReason.MAC1_INVALID, 1);
        } else if (!queue.add(message, source)) {
            device.count(DropReason.HANDSHAKE_QUEUE_FULL, 1);
        }
    }

    private void receiveCookieReply(CookieReplyMessage reply, long nowNs) {
        IndexTable.Entry entry = device.indices().lookup(reply.receiverIndex());
        if (entry == null || !entry.peer().receiveCookieReply(reply, nowNs)) {
            device.count(DropReason.COOKIE_INVALID, 1);
        }
    }

    /** Works on some of what waits. */
    void work(long nowNs) {
        int toWork = WORK_AT_ONCE;
        for (int looked = 0; looked < LOOK_AT_ONCE && toWork > 0; looked++) {
            boolean underLoad = queue.underLoad(nowNs);
            HandshakeQueue.Waiting waiting = queue.poll();
            if (waiting == null) {
                return;
            }
            if (!underLoad && !unverified.take(nowNs)) {
                queue.load(nowNs);
                underLoad = true;
            }
            if (underLoad && !admit(waiting, nowNs)) {
                continue;
            }
            toWork--;
            boolean valid =
                    switch (waiting.message()) {
                        case InitiationMessage initiation ->
                                consume(initiation, waiting.source(), nowNs);
                        case ResponseMessage response -> consume(response, waiting.source(), nowNs);
                    };
            if (!valid) {
                device.count(DropReason.HANDSHAKE_INVALID, 1);
            }
        }
    }

    /** Under load: whether the sender is where it says and has not sent too much. */
    private boolean admit(HandshakeQueue.Waiting waiting, long nowNs) {
        Endpoint source = waiting.source();
        byte[] address = source.addressAndPort();
        if (!checker.mac2Valid(waiting.message(), address, nowNs)) {
            if (!cookies.take(source, nowNs)) {
                device.count(DropReason.COOKIE_WITHHELD, 1);
                return false;
            }
            CookieReplyMessage reply = checker.createReply(waiting.message(), address, nowNs);
            device.outbox().addMessage(reply.bytes(), source, Limits.HANDSHAKE_TRAFFIC_CLASS);
            device.count(DropReason.COOKIE_SENT, 1);
            return false;
        }
        if (!limiter.allow(source.ipv6(), source.high(), source.low(), nowNs)) {
            device.count(DropReason.RATE_LIMITED, 1);
            return false;
        }
        return true;
    }

    private boolean consume(InitiationMessage message, Endpoint source, long nowNs) {
        ClaimedInitiation claim = ClaimedInitiation.identify(message, identity);
        if (claim == null) {
            return false;
        }
        Peer peer = device.peer(claim.claimedStatic());
        if (peer == null) {
            claim.wipe();
            return false;
        }
        return peer.receiveInitiation(message, claim, source, nowNs);
    }

    private boolean consume(ResponseMessage message, Endpoint source, long nowNs) {
        IndexTable.Entry entry = device.indices().lookup(message.receiverIndex());
        return entry != null && entry.peer().receiveResponse(message, source, nowNs);
    }
}
