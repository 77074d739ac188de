// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.tunnel.DatagramFilter;
import org.wgj.tunnel.DatagramOutlet;
import org.wgj.tunnel.InitiationHandler;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * Joins an {@link EnrolResponder} to a coordinator's tunnel, whose filter and handler of unknown
 * initiators it is. Its methods belong to the tunnel's event loop.
 */
public final class EnrolGate implements DatagramFilter, InitiationHandler {
    private static final long EXPIRY_NS = 1_000_000_000L;

    private final PrivateKey key;
    private final Predicate<PublicKey> liveTokens;
    private final IntPredicate foreignIndices;
    private final Consumer<EnrolResponder.Request> requests;
    private DatagramOutlet outlet;
    private EnrolResponder responder;

    /**
     * Creates a gate.
     *
     * @param key the coordinator's private key; not to be wiped before the tunnel has started
     * @param liveTokens tells whether the public key is a token's that may be answered; must not
     *     block
     * @param foreignIndices tells whether a session index is used by others on the port
     * @param requests takes each request once, on the event loop; must not block
     */
    public EnrolGate(
            PrivateKey key,
            Predicate<PublicKey> liveTokens,
            IntPredicate foreignIndices,
            Consumer<EnrolResponder.Request> requests) {
        this.key = key;
        this.liveTokens = liveTokens;
        this.foreignIndices = foreignIndices;
        this.requests = requests;
    }

    @Override
    public void attached(DatagramOutlet outlet) {
        this.outlet = outlet;
        responder =
                new EnrolResponder(
                        key,
                        liveTokens,
                        foreignIndices,
                        requests,
                        outlet::send,
                        new SecureRandom(),
                        InstantSource.system(),
                        TransportAead.best());
        expire();
    }

    private void expire() {
        responder.expire(outlet.nowNs());
        outlet.schedule(this::expire, EXPIRY_NS);
    }

    @Override
    public void filter(PacketBatch datagrams) {
        responder.filter(datagrams, outlet.nowNs());
    }

    @Override
    public boolean initiation(
            PublicKey claimedStatic, byte[] message, Endpoint source, long nowNs) {
        return responder != null && responder.initiation(claimedStatic, message, source, nowNs);
    }

    /**
     * Answers a request.
     *
     * @param session {@link EnrolResponder.Request#session}
     * @param answer at most {@link EnrolJson#MAX_BYTES} bytes
     */
    public void answer(long session, byte[] answer) {
        responder.answer(session, answer, outlet.nowNs());
    }

    /**
     * Answers a request for now: the node asks again.
     *
     * @param session {@link EnrolResponder.Request#session}
     * @param answer at most {@link EnrolJson#MAX_BYTES} bytes
     */
    public void answerForNow(long session, byte[] answer) {
        responder.answerForNow(session, answer, outlet.nowNs());
    }

    /**
     * Ends the tunnels of a token that was revoked.
     *
     * @param token its public key
     */
    public void end(PublicKey token) {
        responder.end(token);
    }

    /**
     * Returns whether a session index is an enrolment tunnel's.
     *
     * @param index any
     * @return true if no other tunnel on the port may choose it
     */
    public boolean hasIndex(int index) {
        return responder != null && responder.hasIndex(index);
    }

    /**
     * Returns how many enrolment tunnels live.
     *
     * @return 0 to {@link EnrolResponder#MAX_SESSIONS}
     */
    public int sessions() {
        return responder == null ? 0 : responder.sessions();
    }

    /** Ends all enrolment tunnels and wipes their keys. */
    public void close() {
        if (responder != null) {
            responder.close();
        }
    }
}
