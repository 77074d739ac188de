// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.primitive.Tai64n;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.PeerStatus;
import org.wgj.protocol.message.CookieReplyMessage;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.message.ResponseMessage;
import org.wgj.protocol.message.TransportMessage;
import org.wgj.protocol.noise.ClaimedInitiation;
import org.wgj.protocol.noise.Handshake;
import org.wgj.protocol.noise.StaticIdentity;
import org.wgj.protocol.session.Keypair;
import org.wgj.protocol.session.Keypairs;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/**
 * One peer of a device: its configuration, endpoint, sessions, timers and staged packets. Decides
 * when to send what; {@link PeerHandshake} makes the handshake messages, {@link Keypair} the
 * transport data.
 *
 * <p>Owned by the device's thread. The {@link Device} creates and drives it; others read {@link
 * #publicKey} and {@link #status}.
 */
public final class Peer {
    /** The most places besides the endpoint to which initiations are copied. */
    public static final int MAX_HANDSHAKE_ENDPOINTS = 8;

    private static final byte[] KEEPALIVE = {};

    private final PeerContext context;
    private final DeviceSettings settings;
    private final PublicKey publicKey;
    private final PeerHandshake handshake;
    private final Keypairs keypairs;
    private final PeerTimers timers;
    private final StagedPackets staged;
    private final SequencedSet<IpPrefix> allowedIps = new LinkedHashSet<>();

    private Endpoint endpoint;

    /** True if an answer to us or transport data came from the endpoint. */
    private boolean endpointProven;

    private int persistentKeepaliveSeconds;

    /** True if the endpoint stays where the owner of the device has put it, as a rule. */
    private boolean managed;

    /** Further places to which each initiation is copied. */
    private List<Endpoint> handshakeEndpoints = List.of();

    /** The peer whose source addresses this one may use too. */
    private PublicKey standsInForOrNull;

    private boolean handshakesAllowed = true;

    /** Initiations are being sent, and none was answered. */
    private boolean attempting;

    /** The output knows that the attempt's first initiation was not answered. */
    private boolean toldUnanswered;

    private Instant lastHandshake;
    private long receivedBytes;
    private long sentBytes;

    // The peer's place in the DeadlineQueue. Only the queue writes these two.
    int queuePlace = DeadlineQueue.ABSENT;
    long queuedDeadlineNs = PeerTimers.NEVER;

    Peer(PublicKey publicKey, StaticIdentity identity, PeerContext context) {
        this.context = context;
        this.publicKey = publicKey;
        settings = context.settings();
        handshake = new PeerHandshake(this, publicKey, identity, context);
        keypairs = new Keypairs(this::retired);
        timers = new PeerTimers(context.random());
        staged = new StagedPackets(settings, context.staging());
    }

    /**
     * Returns the key that identifies the peer.
     *
     * @return its static public key
     */
    public PublicKey publicKey() {
        return publicKey;
    }

    /**
     * Returns how the peer is configured and how it fares.
     *
     * @return a snapshot
     */
    public PeerStatus status() {
        return new PeerStatus(
                publicKey,
                endpoint,
                lastHandshake,
                receivedBytes,
                sentBytes,
                persistentKeepaliveSeconds,
                List.copyOf(allowedIps));
    }

    /**
     * Returns the preshared key.
     *
     * @return a copy that the caller must wipe; {@link PresharedKey#NONE} if there is none
     */
    public PresharedKey presharedKey() {
        return handshake.presharedKey();
    }

    /**
     * Returns where we send to.
     *
     * @return the endpoint; null while it is unknown
     */
    public Endpoint endpoint() {
        return endpoint;
    }

    /**
     * Returns where the peer has proved to be.
     *
     * @return the endpoint if an answer to us or transport data came from there; else null
     */
    public Endpoint provenEndpointOrNull() {
        return endpointProven ? endpoint : null;
    }

    // --- configuration

    /** Sets who we are in the handshakes from now on; a handshake in progress is given up. */
    void setIdentity(StaticIdentity identity) {
        attempting = false;
        handshake.setIdentity(identity);
    }

    /** Ends sending in all sessions; they may still receive. */
    void forbidSending() {
        keypairs.forbidSending();
    }

    void setPresharedKey(PresharedKey key) {
        handshake.setPresharedKey(key);
    }

    void setEndpoint(Endpoint endpoint) {
        endpointProven &= endpoint.sameRemote(this.endpoint);
        this.endpoint = endpoint;
    }

    void setManaged(boolean managed) {
        this.managed = managed;
    }

    boolean isManaged() {
        return managed;
    }

    void setStandsInFor(PublicKey otherOrNull) {
        standsInForOrNull = otherOrNull;
    }

    /** Returns whether packets from this peer may have a source address of that one. */
    boolean maySendFor(Peer ownerOrNull) {
        return ownerOrNull == this
                || standsInForOrNull != null
                        && ownerOrNull != null
                        && ownerOrNull.publicKey.equals(standsInForOrNull);
    }

    void setHandshakesAllowed(boolean allowed) {
        handshakesAllowed = allowed;
        if (!allowed) {
            attempting = false;
            handshake.forget();
        }
    }

    void setHandshakeEndpoints(List<Endpoint> endpoints) {
        handshakeEndpoints = endpoints;
    }

    /** Lets the system choose our source address until the peer is heard from again. */
    void forgetSource() {
        if (endpoint != null) {
            endpoint = endpoint.withoutSource();
        }
    }

    void setPersistentKeepalive(int seconds) {
        persistentKeepaliveSeconds = seconds;
        timers.setPersistentKeepalive(seconds * Limits.SECOND);
        reschedule();
    }

    SequencedSet<IpPrefix> allowedIps() {
        return allowedIps;
    }

    /** Called only by the device, which keeps this set and its routing table in step. */
    void rememberAllowedIp(IpPrefix range) {
        allowedIps.addLast(range);
    }

    /** Called only by the device, as {@link #rememberAllowedIp} is. */
    void forgetAllowedIp(IpPrefix range) {
        allowedIps.remove(range);
    }

    /** Sends what a change of configuration has made possible. */
    void configured(long nowNs) {
        if (!settings.up) {
            return;
        }
        if (!staged.isEmpty()) {
            sendStaged(nowNs);
        }
        if (timers.owesPersistentKeepalive()) {
            sendKeepalive(nowNs);
        }
    }

    /** Forgets all sessions and staged packets. */
    void down() {
        context.drops().add(DropReason.STAGED_DROPPED, staged.clear());
        timers.stop();
        attempting = false;
        handshake.forget();
        handshake.resetPace();
        keypairs.clear();
        reschedule();
    }

    /** Wipes all secrets; the peer is being removed. */
    void wipe() {
        down();
        handshake.wipe();
    }

    // --- sending

    /** Returns the session to send with; null if there is none that may be used. */
    Keypair sendingKeypair(long nowNs) {
        Keypair current = keypairs.current();
        if (current == null || !current.sendingAllowed()) {
            return null;
        }
        if (current.ageNs(nowNs) >= Limits.REJECT_AFTER_TIME) {
            current.forbidSending();
            return null;
        }
        return current;
    }

    /** Begins a handshake, unless an initiation was sent within the last second. */
    void initiateNow(Endpoint alsoTo, long nowNs) {
        if (settings.up && !handshake.initiatedWithin(Limits.SECOND, nowNs)) {
            timers.resetAttempts();
            sendInitiation(alsoTo, nowNs);
        }
    }

    /**
     * Seals one packet in the current session and sends it.
     *
     * @param viaOrNull where to; null for the endpoint
     * @return false, and nothing was sent, if there is no session or no place to send to
     */
    boolean sendVia(byte[] packet, Endpoint viaOrNull, long nowNs) {
        Keypair keypair = sendingKeypair(nowNs);
        Endpoint to = viaOrNull == null ? endpoint : viaOrNull;
        if (keypair == null || to == null) {
            return false;
        }
        // A loss on another path says nothing of the session: no answer is waited for.
        return sealOne(packet, to, viaOrNull == null, keypair, context.outbox(), nowNs);
    }

    /** Copies a packet to send it later, and begins a handshake unless one was sent lately. */
    void stage(MemorySegment slab, int offset, int length, long nowNs) {
        context.drops().add(DropReason.STAGED_DROPPED, staged.add(slab, offset, length));
        initiate(false, nowNs);
    }

    /**
     * Seals a run of packets for this peer, in place, and records that they were sent.
     *
     * @return false, and the batch is unchanged, if the session has no counters left
     */
    boolean seal(PacketBatch batch, int first, int count, Keypair keypair, long nowNs) {
        return seal(batch, first, count, true, keypair, nowNs);
    }

    private boolean seal(
            PacketBatch batch,
            int first,
            int count,
            boolean answered,
            Keypair keypair,
            long nowNs) {
        long bytes = keypair.seal(batch, first, count, settings.mtu);
        if (bytes < 0) {
            return false;
        }
        sentBytes += bytes;
        timers.authenticatedPacketSent(nowNs);
        boolean data = bytes > (long) count * TransportMessage.MIN_LENGTH; // not keepalives only
        if (data && answered) {
            timers.dataSent(nowNs);
        }
        boolean wornOut =
                Long.compareUnsigned(keypair.sendCounter(), Limits.REKEY_AFTER_MESSAGES) > 0
                        || keypair.initiator() && keypair.ageNs(nowNs) >= settings.rekeyAfterNs;
        if (wornOut) {
            initiate(false, nowNs);
        }
        reschedule();
        return true;
    }

    /** Sends the staged packets, or begins a handshake if there is no session. */
    private void sendStaged(long nowNs) {
        Keypair keypair = sendingKeypair(nowNs);
        if (keypair == null) {
            initiate(false, nowNs);
            return;
        }
        Outbox outbox = context.outbox();
        for (byte[] packet = staged.poll(); packet != null; packet = staged.poll()) {
            sendOne(packet, keypair, outbox, nowNs);
        }
    }

    private void sendOne(byte[] packet, Keypair keypair, Outbox outbox, long nowNs) {
        if (endpoint == null) {
            context.drops().add(DropReason.NO_ENDPOINT, 1);
            return;
        }
        boolean _ = sealOne(packet, endpoint, true, keypair, outbox, nowNs);
    }

    private boolean sealOne(
            byte[] packet,
            Endpoint to,
            boolean answered,
            Keypair keypair,
            Outbox outbox,
            long nowNs) {
        if (!outbox.hasRoomFor(packet.length)) {
            outbox.flush();
        }
        outbox.addPacket(packet, to);
        int place = outbox.batch().count() - 1;
        boolean sealed = seal(outbox.batch(), place, 1, answered, keypair, nowNs);
        if (!sealed) {
            outbox.dropLast(1);
            initiate(false, nowNs);
        }
        return sealed;
    }

    /** Sends the staged packets, or an empty one: either tells the peer that we are alive. */
    private void sendKeepalive(long nowNs) {
        Keypair keypair = sendingKeypair(nowNs);
        if (!staged.isEmpty() || keypair == null) {
            sendStaged(nowNs);
        } else {
            sendOne(KEEPALIVE, keypair, context.outbox(), nowNs);
        }
    }

    /** Sends an initiation, unless one was sent a moment ago or the endpoint is unknown. */
    private void initiate(boolean retransmission, long nowNs) {
        if (!retransmission) {
            timers.resetAttempts();
        }
        if (retransmission || handshake.mayInitiate(nowNs)) {
            sendInitiation(null, nowNs);
        }
    }

    private void sendInitiation(Endpoint alsoTo, long nowNs) {
        boolean nowhere = endpoint == null && alsoTo == null && handshakeEndpoints.isEmpty();
        if (nowhere || !handshakesAllowed) {
            return;
        }
        InitiationMessage message = handshake.initiate(nowNs);
        if (message != null) {
            if (endpoint != null) {
                transmitInitiation(message, endpoint, nowNs);
            }
            for (Endpoint further : handshakeEndpoints) {
                if (!further.sameRemote(endpoint)) {
                    transmitInitiation(message, further, nowNs);
                }
            }
            if (alsoTo != null && !alsoTo.sameRemote(endpoint)) {
                transmitInitiation(message, alsoTo, nowNs);
            }
            timers.handshakeInitiated(nowNs);
            reschedule();
            reportAttempt();
        }
    }

    private void reportAttempt() {
        if (!attempting) {
            attempting = true;
            toldUnanswered = false;
            context.handshakes().attempts++;
            context.output().handshakeStarted(this);
        } else if (!toldUnanswered) {
            toldUnanswered = true;
            context.handshakes().unanswered++;
            context.output().handshakeUnanswered(this);
        }
    }

    private void respond(Handshake.VerifiedInitiation initiation, Endpoint to, long nowNs) {
        Handshake.Response response = handshake.respond(initiation, nowNs);
        if (response != null) {
            context.handshakes().responsesSent++;
            begin(response.session(), nowNs);
            transmitHandshake(response.message().bytes(), to, nowNs);
        }
    }

    private void transmitInitiation(InitiationMessage message, Endpoint to, long nowNs) {
        context.handshakes().initiationsSent++;
        transmitHandshake(message.bytes(), to, nowNs);
    }

    private void transmitHandshake(byte[] message, Endpoint to, long nowNs) {
        timers.authenticatedPacketSent(nowNs);
        sentBytes += message.length;
        context.outbox().addMessage(message, to, Limits.HANDSHAKE_TRAFFIC_CLASS);
    }

    private void begin(Keypair session, long nowNs) {
        context.indices().replace(session.localIndex(), new IndexTable.Entry(this, session));
        context.group().add(session);
        keypairs.add(session);
        timers.sessionDerived(nowNs);
    }

    private void retired(Keypair session) {
        context.indices().release(session.localIndex());
        context.group().remove(session);
    }

    /** Returns whether we send transport data to this index in a session with this peer. */
    boolean sendsTo(int remoteIndex) {
        return keypairs.sendTo(remoteIndex);
    }

    // --- receiving

    /** The newest timestamp of its initiations; null if there was none. */
    Tai64n greatestTimestampOrNull() {
        return handshake.greatestTimestampOrNull();
    }

    /** Refuses initiations that are not newer than this timestamp. */
    void refuseUpTo(Tai64n timestamp) {
        handshake.refuseUpTo(timestamp);
    }

    /** Returns false, and nothing has changed, if the initiation is not authentic and new. */
    boolean receiveInitiation(
            InitiationMessage message, ClaimedInitiation claim, Endpoint source, long nowNs) {
        Handshake.VerifiedInitiation initiation =
                handshakesAllowed ? handshake.consume(message, claim, nowNs) : null;
        if (initiation == null) {
            return false;
        }
        // An initiation may come by a path that carries nothing the other way.
        heardFrom(source, !managed || endpoint == null, false);
        context.handshakes().initiationsReceived++;
        receivedBytes += InitiationMessage.LENGTH;
        timers.authenticatedPacketReceived(nowNs);
        respond(initiation, source, nowNs);
        reschedule();
        return true;
    }

    /** Returns false, and nothing has changed, if it does not answer our last initiation. */
    boolean receiveResponse(ResponseMessage message, Endpoint source, long nowNs) {
        Keypair session = handshake.consume(message, nowNs);
        if (session == null) {
            return false;
        }
        heardFrom(source, true, true); // the path has carried a message each way
        context.handshakes().responsesReceived++;
        receivedBytes += ResponseMessage.LENGTH;
        timers.authenticatedPacketReceived(nowNs);
        begin(session, nowNs);
        context.handshakes().completedAsInitiator++;
        handshakeCompleted();
        // Confirms the session to the peer, which must not send before that.
        sendKeepalive(nowNs);
        reschedule();
        return true;
    }

    /** Takes a cookie. Proves nothing about the source, so the endpoint stays as it is. */
    boolean receiveCookieReply(CookieReplyMessage message, long nowNs) {
        boolean valid = handshake.consume(message, nowNs);
        context.handshakes().cookieRepliesReceived += valid ? 1 : 0;
        return valid;
    }

    /** Returns whether the peer began this session and a first datagram of it would confirm it. */
    boolean isUnconfirmed(Keypair keypair) {
        return keypair == keypairs.next();
    }

    /** Returns whether a datagram of this session may be newer than all that arrived before. */
    boolean isNewest(Keypair receivedWith) {
        return keypairs.isNewest(receivedWith);
    }

    /**
     * Moves the endpoint to the source of an authenticated message (whitepaper 2.1). Only for
     * messages that are newer than all before.
     *
     * @param mayMove false to follow only the local address that the message was sent to
     * @param proves whether the peer needed a message of ours to make it
     */
    void heardFrom(Endpoint source, boolean mayMove, boolean proves) {
        if (source == endpoint || source.equals(endpoint)) {
            return;
        }
        boolean moved = !source.sameRemote(endpoint);
        if (moved && !mayMove) {
            return;
        }
        endpoint = source;
        endpointProven = proves || endpointProven && !moved;
        if (moved) {
            context.output().endpointChanged(this);
        }
    }

    /**
     * Records a run of authentic transport data.
     *
     * @param bytes how many bytes all datagrams have together
     * @param data whether any of them was not a keepalive
     */
    void receivedTransport(Keypair keypair, long bytes, boolean data, long nowNs) {
        receivedBytes += bytes;
        // Before anything is sent in reply: sending stops and starts the same timers.
        timers.authenticatedPacketReceived(nowNs);
        if (data) {
            timers.dataReceived(nowNs);
        }
        if (keypairs.confirm(keypair)) {
            // Both sides have this session. A late response would begin one that the peer may
            // have dropped.
            handshake.forget();
            context.handshakes().completedAsResponder++;
            handshakeCompleted();
            sendStaged(nowNs);
        }
        Keypair current = keypairs.current();
        boolean lastMinute =
                current != null
                        && current.sendingAllowed()
                        && current.initiator()
                        && current.ageNs(nowNs) >= Limits.LAST_MINUTE_AGE;
        if (lastMinute && current.takeLastMinuteRekey()) {
            initiate(false, nowNs);
        }
        reschedule();
    }

    private void handshakeCompleted() {
        endpointProven = true;
        timers.handshakeCompleted();
        attempting = false;
        lastHandshake = context.wallClock().instant();
        context.output().handshakeCompleted(this);
    }

    // --- time

    /** Acts on every timer that has expired. */
    void handleTimeout(long nowNs) {
        for (PeerTimers.Timer timer = timers.pollExpired(nowNs);
                timer != null;
                timer = timers.pollExpired(nowNs)) {
            switch (timer) {
                case RETRANSMIT_HANDSHAKE -> retransmitHandshake(nowNs);
                case SEND_KEEPALIVE -> {
                    boolean another = timers.needsAnotherKeepalive();
                    sendKeepalive(nowNs);
                    if (another) {
                        timers.awaitKeepalive(nowNs);
                    }
                }
                case NEW_HANDSHAKE -> {
                    forgetSource(); // our source address may be the reason
                    initiate(false, nowNs);
                }
                case ZERO_KEYS -> {
                    boolean hadSession = !keypairs.isEmpty();
                    // Keep a handshake that has just begun: a machine that wakes up after an
                    // hour sends an initiation first. If it fails, giving up starts this timer
                    // again.
                    if (!handshake.sentRecently(nowNs)) {
                        handshake.forget();
                    }
                    keypairs.clear();
                    if (hadSession) {
                        context.output().sessionExpired(this);
                    }
                }
                case PERSISTENT_KEEPALIVE -> {
                    sendKeepalive(nowNs);
                    timers.awaitPersistentKeepalive(nowNs);
                }
            }
        }
        reschedule();
    }

    private void retransmitHandshake(long nowNs) {
        if (handshake.sentRecently(nowNs)) {
            // We sent a response meanwhile, which may be lost as the initiation was.
            timers.handshakeInitiated(handshake.lastSentNs());
        } else if (timers.mayRetransmit()) {
            forgetSource();
            initiate(true, nowNs);
        } else {
            context.drops().add(DropReason.STAGED_DROPPED, staged.clear());
            timers.handshakeGivenUp(nowNs);
            attempting = false;
            context.handshakes().failed++;
            context.output().handshakeFailed(this);
        }
    }

    private void reschedule() {
        context.deadlines().update(this, timers.nextDeadlineNs());
    }

    /** Shows the first and last characters of the public key. */
    @Override
    public String toString() {
        return "peer(" + publicKey + ")";
    }
}
