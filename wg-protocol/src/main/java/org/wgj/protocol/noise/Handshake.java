package org.wgj.protocol.noise;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.Tai64n;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.X25519;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.message.ResponseMessage;
import org.wgj.protocol.session.Keypair;

import java.time.Instant;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Noise_IKpsk2 with one peer, in both roles (whitepaper 5.4).
 *
 * <pre>
 *                    createInitiation                  consumeResponse
 *            ZEROED ------------------> CREATED_INITIATION ----------> CONSUMED_RESPONSE --+
 *              |                                                                           | beginSession
 *              |     consumeInitiation                 createResponse                      v
 *              +----------------------> CONSUMED_INITIATION ---------> CREATED_RESPONSE --> ZEROED
 * </pre>
 *
 * An initiation may be created or consumed in any state and begins afresh. A message is worked on
 * with a copy of the state, which is taken over only when all of it proved right: a forged one
 * changes nothing. MACs are not looked at here.
 *
 * <p>Owned by the device's thread.
 */
public final class Handshake {
    private enum State {
        ZEROED,
        CREATED_INITIATION,
        CONSUMED_INITIATION,
        CREATED_RESPONSE,
        CONSUMED_RESPONSE
    }

    /**
     * An initiation that follows another of the same peer sooner is a flood: 50 a second at most.
     */
    private static final long MIN_INITIATION_INTERVAL_NS = 1_000_000_000L / 50;

    /** Whitened timestamps differ by at least this much. */
    private static final long TIMESTAMP_STEP_NS = 1 << 24;

    private final PublicKey remoteStatic;

    private StaticIdentity local;
    private byte[]
            staticStatic; // computed when first needed; null before and while there is no identity
    private PresharedKey presharedKey = PresharedKey.NONE;

    private State state = State.ZEROED;
    private SymmetricState symmetric;
    private PrivateKey localEphemeral;
    private PublicKey remoteEphemeral;
    private int localIndex;
    private int remoteIndex;

    private Tai64n greatestReceived;
    private Tai64n lastSent;
    private boolean everConsumed;
    private long lastConsumedNs;

    public Handshake(PublicKey remoteStatic) {
        this.remoteStatic = remoteStatic;
    }

    /** Sets or, with null, takes away our own identity. A handshake under way is given up. */
    public void setIdentity(StaticIdentity local) {
        clear();
        wipeStaticStatic();
        this.local = local;
    }

    /** Mixed into responses from now on, also of a handshake under way. Keeps a copy. */
    public void setPresharedKey(PresharedKey key) {
        presharedKey.wipe();
        presharedKey = key.isNone() ? PresharedKey.NONE : key.copy();
    }

    /** A copy, the caller's to wipe. */
    public PresharedKey presharedKey() {
        return presharedKey == PresharedKey.NONE ? presharedKey : presharedKey.copy();
    }

    /**
     * The index our last message asked to be answered by; of meaning only between a message of ours
     * and the session.
     */
    public int localIndex() {
        return localIndex;
    }

    /** Whether an initiation of ours awaits its response. */
    public boolean awaitsResponse() {
        return state == State.CREATED_INITIATION;
    }

    /** Whether there is nothing to answer or to wait for. */
    public boolean isIdle() {
        return state == State.ZEROED;
    }

    /**
     * Whitepaper 5.4.2. The timestamp never goes back, whatever the clock does: the peer would
     * refuse it.
     *
     * @param index by which the response will find us
     * @return null when no handshake with this peer can succeed: we have no key, or theirs is of
     *     low order
     */
    public InitiationMessage createInitiation(
            int index, RandomGenerator random, Instant wallClock) {
        if (!hasStaticStatic()) {
            return null;
        }
        SymmetricState work = SymmetricState.towards(remoteStatic);
        PrivateKey ephemeral = PrivateKey.generate(random);
        byte[] ephemeralPublic = ephemeral.publicKey().bytes();
        work.mixEphemeral(ephemeralPublic);
        if (!work.mixDh(ephemeral, remoteStatic)) {
            work.wipe();
            ephemeral.wipe();
            return null;
        }
        byte[] sealedStatic = work.encryptAndHash(local.publicKey().bytes());
        work.mixKey(staticStatic);
        Tai64n timestamp = Tai64n.of(wallClock);
        if (lastSent != null && timestamp.compareTo(lastSent) <= 0) {
            timestamp = Tai64n.of(lastSent.toInstant().plusNanos(TIMESTAMP_STEP_NS));
        }
        byte[] sealedTimestamp = work.encryptAndHash(timestamp.bytes());

        enter(State.CREATED_INITIATION, work, ephemeral, null, index, 0);
        lastSent = timestamp;
        return new InitiationMessage(index, ephemeralPublic, sealedStatic, sealedTimestamp);
    }

    /**
     * Proves that the caller is our peer and that the message is no replay (whitepaper 5.1 and
     * 5.4.2). Uses the caller up.
     *
     * @return false when not: nothing has changed
     */
    public boolean consumeInitiation(InitiationMessage message, Caller caller, long nowNs) {
        SymmetricState work = caller.state();
        byte[] bytes = null;
        if (hasStaticStatic()) {
            work.mixKey(staticStatic);
            bytes = work.decryptAndHash(message.sealedTimestamp());
        }
        Tai64n timestamp = bytes == null ? null : Tai64n.of(bytes, 0);
        boolean replayed =
                timestamp == null
                        || greatestReceived != null && timestamp.compareTo(greatestReceived) <= 0;
        boolean flooding = everConsumed && nowNs - lastConsumedNs < MIN_INITIATION_INTERVAL_NS;
        if (replayed || flooding) {
            work.wipe();
            return false;
        }
        greatestReceived = timestamp;
        everConsumed = true;
        lastConsumedNs = nowNs;
        enter(State.CONSUMED_INITIATION, work, null, caller.ephemeral(), 0, message.senderIndex());
        return true;
    }

    /**
     * Whitepaper 5.4.3; after {@link #consumeInitiation} only.
     *
     * @param index by which the initiator's packets will find us
     * @return null when the peer's ephemeral key is of low order
     */
    public ResponseMessage createResponse(int index, RandomGenerator random) {
        if (state != State.CONSUMED_INITIATION) {
            throw new IllegalStateException("no initiation to respond to");
        }
        SymmetricState work = symmetric.copy();
        PrivateKey ephemeral = PrivateKey.generate(random);
        byte[] ephemeralPublic = ephemeral.publicKey().bytes();
        work.mixEphemeral(ephemeralPublic);
        if (!work.mixDh(ephemeral, remoteEphemeral) || !work.mixDh(ephemeral, remoteStatic)) {
            work.wipe();
            ephemeral.wipe();
            return null;
        }
        work.mixPresharedKey(presharedKey);
        byte[] sealedNothing = work.encryptAndHash(new byte[0]);
        enter(State.CREATED_RESPONSE, work, ephemeral, remoteEphemeral, index, remoteIndex);
        return new ResponseMessage(index, remoteIndex, ephemeralPublic, sealedNothing);
    }

    /**
     * Whitepaper 5.4.3, from the initiator's side.
     *
     * @return false when it is no response to our last initiation: nothing has changed
     */
    public boolean consumeResponse(ResponseMessage message) {
        if (state != State.CREATED_INITIATION || message.receiverIndex() != localIndex) {
            return false;
        }
        SymmetricState work = symmetric.copy();
        byte[] ephemeralBytes = message.ephemeral();
        work.mixEphemeral(ephemeralBytes);
        PublicKey ephemeral = PublicKey.of(ephemeralBytes);
        boolean proved =
                work.mixDh(localEphemeral, ephemeral) && work.mixDh(local.privateKey(), ephemeral);
        if (proved) {
            work.mixPresharedKey(presharedKey);
            proved = work.decryptAndHash(message.sealedNothing()) != null;
        }
        if (!proved) {
            work.wipe();
            return false;
        }
        enter(State.CONSUMED_RESPONSE, work, null, ephemeral, localIndex, message.senderIndex());
        return true;
    }

    /** Derives the session's keys (whitepaper 5.4.5) and forgets the handshake. */
    public Keypair beginSession(TransportAead aead, long nowNs) {
        boolean initiator = state == State.CONSUMED_RESPONSE;
        if (!initiator && state != State.CREATED_RESPONSE) {
            throw new IllegalStateException("handshake is not complete");
        }
        byte[] forward = new byte[32];
        byte[] backward = new byte[32];
        symmetric.split(forward, backward);
        Keypair keypair =
                new Keypair(
                        aead.key(initiator ? forward : backward),
                        aead.key(initiator ? backward : forward),
                        localIndex,
                        remoteIndex,
                        initiator,
                        nowNs);
        Arrays.fill(forward, (byte) 0);
        Arrays.fill(backward, (byte) 0);
        clear();
        return keypair;
    }

    /** Forgets a handshake under way and wipes what it held. */
    public void clear() {
        enter(State.ZEROED, null, null, null, 0, 0);
    }

    /** Also wipes what is kept between handshakes; the peer is being removed. */
    public void wipe() {
        clear();
        wipeStaticStatic();
        presharedKey.wipe();
        presharedKey = PresharedKey.NONE;
        local = null;
    }

    /** Whether the two static keys can agree on anything; computed once, when first needed. */
    private boolean hasStaticStatic() {
        if (local == null) {
            return false;
        }
        if (staticStatic == null) {
            byte[] shared = new byte[32];
            if (!X25519.sharedSecret(local.privateKey(), remoteStatic, shared)) {
                return false;
            }
            staticStatic = shared;
        }
        return true;
    }

    private void wipeStaticStatic() {
        if (staticStatic != null) {
            Arrays.fill(staticStatic, (byte) 0);
            staticStatic = null;
        }
    }

    /** The only place that changes the state; wipes what is not carried over. */
    private void enter(
            State to,
            SymmetricState newSymmetric,
            PrivateKey newLocalEphemeral,
            PublicKey newRemoteEphemeral,
            int newLocalIndex,
            int newRemoteIndex) {
        if (symmetric != null) {
            symmetric.wipe();
        }
        if (localEphemeral != null) {
            localEphemeral.wipe();
        }
        state = to;
        symmetric = newSymmetric;
        localEphemeral = newLocalEphemeral;
        remoteEphemeral = newRemoteEphemeral;
        localIndex = newLocalIndex;
        remoteIndex = newRemoteIndex;
    }
}
