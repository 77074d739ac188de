// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
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
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Receives handshake messages and defends against floods of them (whitepaper 5.3 and 5.4.7).
 *
 * <p>A message with a wrong mac1 is dropped at once: its sender does not know our public key. The
 * others wait in a queue. A few are worked on at a time, between batches of data, so that a flood
 * of handshakes does not stop the sessions. Under load a sender must first prove its address with a
 * cookie (mac2), and only then is it rate-limited. In the other order, an attacker could use up the
 * rate of an address that is not its own.
 */
final class HandshakeReceiver {
    /**
     * The number of messages that get their Diffie-Hellman in one turn. An initiation takes up to
     * half a millisecond, and data waits that long.
     */
    private static final int WORK_AT_ONCE = 4;

    /** The number of messages that get a MAC checked, or a cookie reply, in one turn. */
    private static final int LOOK_AT_ONCE = 64;

    private final Function<PublicKey, Peer> peers;
    private final Demand demand;
    private final IndexTable indices;
    private final Outbox outbox;
    private final DropCounters drops;
    private final RandomGenerator random;
    private final RateLimiter limiter;
    private final HandshakeQueue queue = new HandshakeQueue();
    private final UnverifiedHandshakeBudget unverified = new UnverifiedHandshakeBudget();
    private final CookieReplyBudget cookies;

    private StaticIdentity identity;
    private CookieChecker checker;
    private UnknownInitiators unknownOrNull;

    /**
     * @param peers finds a peer of the device by its key; null if there is none
     */
    HandshakeReceiver(
            Function<PublicKey, Peer> peers,
            Demand demand,
            IndexTable indices,
            Outbox outbox,
            DropCounters drops,
            RandomGenerator random) {
        this.peers = peers;
        this.demand = demand;
        this.indices = indices;
        this.outbox = outbox;
        this.drops = drops;
        this.random = random;
        limiter = new RateLimiter(random);
        cookies = new CookieReplyBudget(random);
    }

    /** Sets our identity; null takes it away. Drops what waits, which is for the old one. */
    void setIdentity(StaticIdentity identity) {
        queue.clear();
        if (checker != null) {
            checker.wipe();
        }
        this.identity = identity;
        checker = identity == null ? null : new CookieChecker(identity.publicKey(), random);
    }

    /** Sets where initiations go that claim a key of no peer; null for nowhere. */
    void setUnknownInitiators(UnknownInitiators unknownOrNull) {
        this.unknownOrNull = unknownOrNull;
    }

    /** Drops what waits. */
    void clear() {
        queue.clear();
    }

    boolean isIdle() {
        return queue.isEmpty();
    }

    /** Returns whether a message is for our identity, by its mac1; changes nothing. */
    boolean isFor(HandshakeMessage message) {
        return checker != null && checker.mac1Valid(message);
    }

    /** Takes a message of one of the three handshake types; its length is right. */
    void receive(
            MessageType type,
            MemorySegment slab,
            int offset,
            int length,
            Endpoint source,
            long nowNs) {
        if (identity == null) {
            drops.add(DropReason.NOT_READY, 1);
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
            drops.add(DropReason.MAC1_INVALID, 1);
        } else if (!queue.add(message, source)) {
            drops.add(DropReason.HANDSHAKE_QUEUE_FULL, 1);
        }
    }

    private void receiveCookieReply(CookieReplyMessage reply, long nowNs) {
        IndexTable.Entry entry = indices.lookup(reply.receiverIndex());
        if (entry == null || !entry.peer().receiveCookieReply(reply, nowNs)) {
            drops.add(DropReason.COOKIE_INVALID, 1);
        }
    }

    /** Works on a few of the messages that wait. */
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
                drops.add(DropReason.HANDSHAKE_INVALID, 1);
            }
        }
    }

    /** Under load: whether the sender has proved its address and is within its rate. */
    private boolean admit(HandshakeQueue.Waiting waiting, long nowNs) {
        Endpoint source = waiting.source();
        byte[] address = source.addressAndPort();
        if (!checker.mac2Valid(waiting.message(), address, nowNs)) {
            if (!cookies.take(source, nowNs)) {
                drops.add(DropReason.COOKIE_WITHHELD, 1);
                return false;
            }
            CookieReplyMessage reply = checker.createReply(waiting.message(), address, nowNs);
            outbox.addMessage(reply.bytes(), source, Limits.HANDSHAKE_TRAFFIC_CLASS);
            drops.add(DropReason.COOKIE_SENT, 1);
            return false;
        }
        if (!limiter.allow(source.ipv6(), source.high(), source.low(), nowNs)) {
            drops.add(DropReason.RATE_LIMITED, 1);
            return false;
        }
        return true;
    }

    private boolean consume(InitiationMessage message, Endpoint source, long nowNs) {
        ClaimedInitiation claim = ClaimedInitiation.identify(message, identity);
        if (claim == null) {
            return false;
        }
        Peer peer = peers.apply(claim.claimedStatic());
        if (peer == null) {
            Peer added = demand.forInitiation(claim.claimedStatic());
            if (added != null) {
                boolean valid = added.receiveInitiation(message, claim, source, nowNs);
                if (valid) {
                    demand.confirm(added);
                } else {
                    demand.takeBack(added);
                }
                return valid;
            }
            claim.wipe();
            return unknownOrNull != null
                    && unknownOrNull.initiation(
                            claim.claimedStatic(), message.bytes(), source, nowNs);
        }
        return peer.receiveInitiation(message, claim, source, nowNs);
    }

    private boolean consume(ResponseMessage message, Endpoint source, long nowNs) {
        IndexTable.Entry entry = indices.lookup(message.receiverIndex());
        return entry != null && entry.peer().receiveResponse(message, source, nowNs);
    }
}
