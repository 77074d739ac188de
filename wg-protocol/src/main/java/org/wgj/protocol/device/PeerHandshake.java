// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.primitive.Tai64n;
import org.wgj.protocol.cookie.CookieGenerator;
import org.wgj.protocol.message.CookieReplyMessage;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.message.ResponseMessage;
import org.wgj.protocol.noise.ClaimedInitiation;
import org.wgj.protocol.noise.Handshake;
import org.wgj.protocol.noise.StaticIdentity;
import org.wgj.protocol.session.Keypair;

/**
 * The handshakes with one peer: makes and consumes their messages with MACs and indices, and paces
 * initiations. Sends nothing and starts no timer; its {@link Peer} does.
 *
 * <p>Owned by the device's thread.
 */
final class PeerHandshake {
    private static final long LONG_AGO = Long.MIN_VALUE / 2;

    private final Peer peer;
    private final PeerContext context;
    private final Handshake noise;
    private final CookieGenerator cookies;

    /** The index of our last initiation, while {@link #registered}. */
    private int index;

    private boolean registered;
    private long lastSentNs = LONG_AGO;
    private long lastInitiatedNs = LONG_AGO;

    /** Packets that need a session cause no initiation before this time. */
    private long nextInitiationNs = LONG_AGO;

    PeerHandshake(Peer peer, PublicKey publicKey, StaticIdentity identity, PeerContext context) {
        this.peer = peer;
        this.context = context;
        noise = new Handshake(publicKey);
        noise.setIdentity(identity);
        cookies = new CookieGenerator(publicKey);
    }

    /** Sets our identity; null takes it away. A handshake in progress is given up. */
    void setIdentity(StaticIdentity identity) {
        forget();
        noise.setIdentity(identity);
        resetPace();
    }

    void setPresharedKey(PresharedKey key) {
        noise.setPresharedKey(key);
    }

    /** Returns a copy that the caller must wipe. */
    PresharedKey presharedKey() {
        return noise.presharedKey();
    }

    /** Returns whether enough time has passed since the last handshake for an initiation. */
    boolean mayInitiate(long nowNs) {
        return nowNs >= nextInitiationNs;
    }

    /** Returns whether we sent a handshake message within the last {@link Limits#REKEY_TIMEOUT}. */
    boolean sentRecently(long nowNs) {
        return nowNs - lastSentNs < context.settings().rekeyTimeoutNs;
    }

    /** Returns whether we sent an initiation within the time; it may have been answered since. */
    boolean initiatedWithin(long ns, long nowNs) {
        return nowNs - lastInitiatedNs < ns;
    }

    long lastSentNs() {
        return lastSentNs;
    }

    /** Lets the next initiation leave at once. */
    void resetPace() {
        lastSentNs = LONG_AGO;
        lastInitiatedNs = LONG_AGO;
        nextInitiationNs = LONG_AGO;
    }

    /**
     * Creates an initiation in place of the one before.
     *
     * @return null if no handshake with this peer can succeed: we have no key, or the peer's key is
     *     of low order
     */
    InitiationMessage initiate(long nowNs) {
        lastSentNs = nowNs;
        lastInitiatedNs = nowNs;
        // With jitter, as the timer has: under steady traffic it is packets that ask again, and
        // what went wrong with one attempt, such as a crossing one, must not recur in step with
        // the next. The kernel and wireguard-go add jitter to the timer only.
        nextInitiationNs = nowNs + context.settings().rekeyTimeoutNs + jitter();
        forget();
        int allocated = context.indices().allocate(peer);
        InitiationMessage message =
                noise.createInitiation(allocated, context.random(), context.wallClock().instant());
        if (message == null) {
            context.indices().release(allocated);
            return null;
        }
        index = allocated;
        registered = true;
        cookies.addMacs(message, nowNs);
        return message;
    }

    private long jitter() {
        return context.random().nextLong(context.settings().rekeyTimeoutNs / Limits.JITTER_SHARE);
    }

    /** The newest timestamp of the peer's initiations; null if there was none. */
    Tai64n greatestTimestampOrNull() {
        return noise.greatestTimestampOrNull();
    }

    /** Refuses initiations that are not newer than this timestamp. */
    void refuseUpTo(Tai64n timestamp) {
        noise.refuseUpTo(timestamp);
    }

    /**
     * Verifies an initiation of this peer.
     *
     * @return null if it is not authentic or not new: nothing has changed
     */
    Handshake.VerifiedInitiation consume(
            InitiationMessage message, ClaimedInitiation claim, long nowNs) {
        return noise.consumeInitiation(message, claim, nowNs);
    }

    /**
     * Creates the response to an initiation, and the session that begins with it.
     *
     * @return null if the peer's keys are of low order
     */
    Handshake.Response respond(Handshake.VerifiedInitiation initiation, long nowNs) {
        lastSentNs = nowNs;
        nextInitiationNs = nowNs + context.settings().rekeyTimeoutNs;
        int allocated = context.indices().allocate(peer);
        Handshake.Response response =
                noise.respond(initiation, allocated, context.random(), context.aead(), nowNs);
        if (response == null) {
            context.indices().release(allocated);
            return null;
        }
        cookies.addMacs(response.message(), nowNs);
        return response;
    }

    /**
     * Consumes the response to our last initiation. The initiation's index becomes the session's.
     *
     * @return the session; null if the message is not that response: nothing has changed
     */
    Keypair consume(ResponseMessage message, long nowNs) {
        Keypair session = noise.consumeResponse(message, context.aead(), nowNs);
        if (session != null) {
            registered = false;
        }
        return session;
    }

    /** Takes a cookie; returns false if the reply does not answer our last message. */
    boolean consume(CookieReplyMessage message, long nowNs) {
        return cookies.consume(message, nowNs);
    }

    /** Gives up our last initiation: its response will not be accepted. */
    void forget() {
        if (registered) {
            context.indices().release(index);
            registered = false;
        }
        noise.clear();
    }

    /** Wipes all secrets; the peer is being removed. */
    void wipe() {
        noise.wipe();
        cookies.wipe();
    }
}
