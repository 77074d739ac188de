// SPDX-License-Identifier: Apache-2.0
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
 *   initiator   nothing --createInitiation--> awaiting a response --consumeResponse--> session
 *   responder   consumeInitiation --> an initiation consumed --respond--> session
 * </pre>
 *
 * An initiation may be created at any time and takes the place of the one before. The two roles
 * have nothing in common but the keys: unlike the kernel's, an initiation of ours stays answerable
 * while we respond to one of the peer's. When both begin at once, both sessions come about and each
 * side receives with both, where the kernel's way leaves none until one side tries again.
 *
 * <p>A message is worked on with a copy of the state, which is taken over only when all of it
 * proved right: a forged one changes nothing. MACs are not looked at here.
 *
 * <p>Owned by the device's thread.
 */
public final class Handshake {
    /** An initiation of the peer's that proved right, to be responded to once or to be wiped. */
    public static final class VerifiedInitiation {
        private final SymmetricState state;
        private final PublicKey ephemeral;
        private final int remoteIndex;

        private VerifiedInitiation(SymmetricState state, PublicKey ephemeral, int remoteIndex) {
            this.state = state;
            this.ephemeral = ephemeral;
            this.remoteIndex = remoteIndex;
        }
    }

    /** What a responder sends, and the session it begins with that. */
    public record Response(ResponseMessage message, Keypair session) {}

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

    // Of an initiation of ours that awaits its response; null while there is none.
    private SymmetricState symmetric;
    private PrivateKey localEphemeral;
    private int localIndex;

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

        clear();
        symmetric = work;
        localEphemeral = ephemeral;
        localIndex = index;
        lastSent = timestamp;
        return new InitiationMessage(index, ephemeralPublic, sealedStatic, sealedTimestamp);
    }

    /**
     * Proves that the caller is our peer and that the message is no replay (whitepaper 5.1 and
     * 5.4.2). Uses the caller up.
     *
     * @return null when not: nothing has changed
     */
    public VerifiedInitiation consumeInitiation(
            InitiationMessage message, ClaimedInitiation claim, long nowNs) {
        SymmetricState work = claim.state();
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
            return null;
        }
        greatestReceived = timestamp;
        everConsumed = true;
        lastConsumedNs = nowNs;
        return new VerifiedInitiation(work, claim.ephemeral(), message.senderIndex());
    }

    /**
     * Whitepaper 5.4.3. Uses the initiation up.
     *
     * @param index by which the initiator's packets will find us
     * @return null when the peer's keys are of low order
     */
    public Response respond(
            VerifiedInitiation initiation,
            int index,
            RandomGenerator random,
            TransportAead aead,
            long nowNs) {
        SymmetricState work = initiation.state;
        PrivateKey ephemeral = PrivateKey.generate(random);
        try {
            byte[] ephemeralPublic = ephemeral.publicKey().bytes();
            work.mixEphemeral(ephemeralPublic);
            if (!work.mixDh(ephemeral, initiation.ephemeral)
                    || !work.mixDh(ephemeral, remoteStatic)) {
                return null;
            }
            work.mixPresharedKey(presharedKey);
            byte[] sealedNothing = work.encryptAndHash(new byte[0]);
            int remoteIndex = initiation.remoteIndex;
            return new Response(
                    new ResponseMessage(index, remoteIndex, ephemeralPublic, sealedNothing),
                    session(work, index, remoteIndex, false, aead, nowNs));
        } finally {
            work.wipe();
            ephemeral.wipe();
        }
    }

    /**
     * Whitepaper 5.4.3, from the initiator's side; the initiation is forgotten with that.
     *
     * @return the session; null when it is no response to our last initiation: nothing has changed
     */
    public Keypair consumeResponse(ResponseMessage message, TransportAead aead, long nowNs) {
        if (symmetric == null || message.receiverIndex() != localIndex) {
            return null;
        }
        SymmetricState work = symmetric.copy();
        try {
            byte[] ephemeralBytes = message.ephemeral();
            work.mixEphemeral(ephemeralBytes);
            PublicKey ephemeral = PublicKey.of(ephemeralBytes);
            if (!work.mixDh(localEphemeral, ephemeral)
                    || !work.mixDh(local.privateKey(), ephemeral)) {
                return null;
            }
            work.mixPresharedKey(presharedKey);
            if (work.decryptAndHash(message.sealedNothing()) == null) {
                return null;
            }
            Keypair session = session(work, localIndex, message.senderIndex(), true, aead, nowNs);
            clear();
            return session;
        } finally {
            work.wipe();
        }
    }

    /** Derives the session's keys (whitepaper 5.4.5). */
    private static Keypair session(
            SymmetricState state,
            int localIndex,
            int remoteIndex,
            boolean initiator,
            TransportAead aead,
            long nowNs) {
        byte[] forward = new byte[32];
        byte[] backward = new byte[32];
        state.split(forward, backward);
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
        return keypair;
    }

    /** Forgets an initiation of ours and wipes what it held. */
    public void clear() {
        if (symmetric != null) {
            symmetric.wipe();
            localEphemeral.wipe();
            symmetric = null;
            localEphemeral = null;
        }
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
}
