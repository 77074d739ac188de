// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.message.HandshakeMessage;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.message.MessageType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * The coordinator's end of enrolment. It answers initiations that a live token made, each with a
 * tunnel of its own, takes one request out of each, and sends the answer. To everybody else it is
 * silent. No I/O, no clock: datagrams and the time go in, datagrams come out.
 *
 * <p>At most {@value #MAX_SESSIONS} tunnels live at a time, each 30 s, or 5 s after its answer. The
 * same initiation is answered once. A source, an IPv4 address or an IPv6 /64, may begin 32 at once
 * and then four each second. Requests beyond these limits are dropped; the joiner's WireGuard asks
 * again after 5 s.
 *
 * <p>Owned by one thread, the tunnel's event loop.
 */
public final class EnrolResponder {
    /** The most enrolment tunnels at a time. */
    public static final int MAX_SESSIONS = 64;

    private static final int MAC1_OFFSET = HandshakeMessage.mac1Offset(InitiationMessage.LENGTH);
    private static final int MAX_DATAGRAM = 2_048;
    private static final int MAX_SEEN = 4_096;
    private static final long SESSION_NS = 30_000_000_000L;
    private static final long ANSWERED_NS = 5_000_000_000L;

    private final Predicate<PublicKey> liveTokens;
    private final IntPredicate foreignIndices;
    private final Consumer<Request> requests;
    private final PrivateKey key;
    private final RandomGenerator random;
    private final InstantSource wallClock;
    private final TransportAead aead;
    private final Consumer<PacketBatch> transmit;
    private final SourceLimits limits = new SourceLimits();
    private final Map<Integer, EnrolSession> sessions = new HashMap<>();
    private final Deque<EnrolSession> idle = new ArrayDeque<>();

    /**
     * The mac1 of initiations that were answered, the oldest first: they are not answered again.
     */
    private final Set<Mac1> seen = new LinkedHashSet<>();

    private long numbers;
    private long nowNs;

    /**
     * A node's request.
     *
     * @param session identifies the tunnel that it came through, for {@link #answer}
     * @param token the public key of its token
     * @param source where its datagrams come from
     * @param bytes the request, to be read with {@link EnrolJson#readRequest}
     */
    public record Request(long session, PublicKey token, InetSocketAddress source, byte[] bytes) {}

    /** A message's mac1, 16 bytes. */
    private record Mac1(long high, long low) {
        static Mac1 of(byte[] message) {
            MemorySegment bytes = MemorySegment.ofArray(message);
            return new Mac1(
                    bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, MAC1_OFFSET),
                    bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, MAC1_OFFSET + 8L));
        }
    }

    /**
     * Creates a responder without sessions.
     *
     * @param key the coordinator's private key; copied
     * @param liveTokens tells whether the public key is a token's that is neither expired nor
     *     revoked; one without uses left counts as live until it expires. Must not block
     * @param foreignIndices tells whether a session index is used on the same port by others
     * @param requests takes each request once, on this thread; must not block. Calls {@link
     *     #answer} then or later
     * @param transmit sends datagrams; keeps nothing of the batch
     * @param random a {@link java.security.SecureRandom} except in tests
     * @param wallClock for timestamps of handshakes
     * @param aead opens and seals
     */
    public EnrolResponder(
            PrivateKey key,
            Predicate<PublicKey> liveTokens,
            IntPredicate foreignIndices,
            Consumer<Request> requests,
            Consumer<PacketBatch> transmit,
            RandomGenerator random,
            InstantSource wallClock,
            TransportAead aead) {
        this.key = key.copy();
        this.liveTokens = liveTokens;
        this.foreignIndices = foreignIndices;
        this.requests = requests;
        this.transmit = transmit;
        this.random = random;
        this.wallClock = wallClock;
        this.aead = aead;
    }

    /**
     * Takes an initiation whose sender is no peer.
     *
     * @param claimedStatic the public key that it was made with, as far as it says
     * @param message 148 bytes whose mac1 is right
     * @param source where it came from
     * @param nowNs the time now
     * @return true if it belongs to a live token, whether it was answered or not
     */
    public boolean initiation(
            PublicKey claimedStatic, byte[] message, Endpoint source, long nowNs) {
        if (message.length != InitiationMessage.LENGTH || !liveTokens.test(claimedStatic)) {
            return false;
        }
        expire(nowNs);
        if (sessions.size() >= MAX_SESSIONS
                || seen.contains(Mac1.of(message))
                || !limits.take(source, nowNs)) {
            return true;
        }
        EnrolSession session = idle.isEmpty() ? newSession() : idle.pop();
        if (!session.begin(claimedStatic, message, source, nowNs)) {
            idle.push(session);
            return true;
        }
        remember(Mac1.of(message));
        session.number = ++numbers;
        session.endNs = nowNs + SESSION_NS;
        sessions.put(session.index(), session);
        return true;
    }

    private EnrolSession newSession() {
        return new EnrolSession(
                key, random, wallClock, aead, this::isUsed, transmit, this::requested);
    }

    private boolean isUsed(int index) {
        return sessions.containsKey(index) || foreignIndices.test(index);
    }

    private void remember(Mac1 mac1) {
        seen.add(mac1);
        if (seen.size() > MAX_SEEN) {
            seen.remove(seen.iterator().next());
        }
    }

    /**
     * Takes the datagrams of enrolment tunnels out of a batch.
     *
     * @param datagrams what the tunnel's sockets received; the others stay in it
     * @param nowNs the time now
     */
    public void filter(PacketBatch datagrams, long nowNs) {
        expire(nowNs);
        if (sessions.isEmpty()) {
            return;
        }
        int count = datagrams.count();
        datagrams.setCount(0);
        for (int i = 0; i < count; i++) {
            int offset = datagrams.offsets()[i];
            int length = datagrams.lengths()[i];
            Endpoint source = datagrams.endpoints()[i];
            EnrolSession session = sessionOrNull(datagrams.slab(), offset, length);
            if (session == null) {
                datagrams.add(offset, length, datagrams.trafficClasses()[i], source);
            } else if (length <= MAX_DATAGRAM) {
                byte[] bytes = new byte[length];
                MemorySegment.copy(
                        datagrams.slab(), ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
                this.nowNs = nowNs;
                session.receive(bytes, source, nowNs);
            }
        }
    }

    private EnrolSession sessionOrNull(MemorySegment slab, int offset, int length) {
        MessageType type = MessageType.of(slab, offset, length);
        return switch (type) {
            case RESPONSE, COOKIE_REPLY, TRANSPORT_DATA ->
                    sessions.get(type.receiverIndex(slab, offset));
            case INITIATION, INVALID -> null;
        };
    }

    private void requested(EnrolSession session) {
        byte[] payload = session.payload();
        if (session.answer != null && Arrays.equals(payload, session.asked)) {
            session.send(session.answer, nowNs);
        } else if (session.asked == null || session.answer != null) {
            session.asked = payload;
            session.answer = null;
            requests.accept(
                    new Request(
                            session.number,
                            session.token(),
                            session.source.toSocketAddress(),
                            payload));
        }
    }

    /**
     * Sends a last answer to a request, and again each time the node repeats the request. Does
     * nothing if the tunnel has ended meanwhile.
     *
     * @param session {@link Request#session}
     * @param answer at most {@link EnrolJson#MAX_BYTES} bytes
     * @param nowNs the time now
     */
    public void answer(long session, byte[] answer, long nowNs) {
        if (answer.length > EnrolJson.MAX_BYTES) {
            throw new IllegalArgumentException("an answer of " + answer.length + " bytes");
        }
        for (EnrolSession each : sessions.values()) {
            if (each.number == session) {
                each.answer = answer.clone();
                each.endNs = Math.min(each.endNs, nowNs + ANSWERED_NS);
                each.send(answer, nowNs);
                return;
            }
        }
    }

    /**
     * Sends a passing answer, such as that the coordinator is busy: the node's next repetition is a
     * new request.
     *
     * @param session {@link Request#session}
     * @param answer at most {@link EnrolJson#MAX_BYTES} bytes
     * @param nowNs the time now
     */
    public void answerForNow(long session, byte[] answer, long nowNs) {
        for (EnrolSession each : sessions.values()) {
            if (each.number == session) {
                each.asked = null;
                each.send(answer, nowNs);
                return;
            }
        }
    }

    /**
     * Returns whether a session index is one of these tunnels', so that no other tunnel on the port
     * chooses it.
     *
     * @param index any
     * @return true if it is in use
     */
    public boolean hasIndex(int index) {
        return sessions.containsKey(index);
    }

    /**
     * Returns how many enrolment tunnels live.
     *
     * @return 0 to {@link #MAX_SESSIONS}
     */
    public int sessions() {
        return sessions.size();
    }

    /**
     * Ends the tunnels of a token that was revoked.
     *
     * @param token its public key
     */
    public void end(PublicKey token) {
        endIf(session -> token.equals(session.token()));
    }

    /**
     * Ends the tunnels whose time is over. Other inputs do so too; call it each second or so, so
     * that their keys do not outlive them.
     *
     * @param nowNs the time now
     */
    public void expire(long nowNs) {
        endIf(session -> session.endNs <= nowNs);
    }

    private void endIf(Predicate<EnrolSession> condition) {
        List<EnrolSession> ended = new ArrayList<>();
        for (EnrolSession session : sessions.values()) {
            if (condition.test(session)) {
                ended.add(session);
            }
        }
        for (EnrolSession session : ended) {
            sessions.remove(session.index());
            session.end();
            idle.push(session);
        }
    }

    /** Ends all tunnels and wipes all keys. */
    public void close() {
        endIf(session -> true);
        idle.forEach(EnrolSession::wipe);
        idle.clear();
        key.wipe();
    }
}
