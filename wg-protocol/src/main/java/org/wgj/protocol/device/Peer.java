// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.PeerStatus;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.DropReason;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.cookie.CookieGenerator;
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
 * Everything between us and one peer: handshake, sessions, timers, staged packets, endpoint. Made,
 * fed and asked by its {@link Device}, on the device's thread; others see its {@link #publicKey}
 * and {@link #status}.
 */
public final class Peer {
    private static final byte[] KEEPALIVE = {};
    private static final long LONG_AGO = Long.MIN_VALUE / 2;

    private final Device device;
    private final PublicKey publicKey;
    private final Handshake handshake;
    private final CookieGenerator cookies;
    private final Keypairs keypairs;
    private final PeerTimers timers;
    private final StagedPackets staged;
    private final SequencedSet<IpPrefix> allowedIps = new LinkedHashSet<>();

    private Endpoint endpoint;
    private int persistentKeepaliveSeconds;

    /** The index of the handshake under way, while {@link #handshakeRegistered}. */
    private int handshakeIndex;

    private boolean handshakeRegistered;
    private long lastHandshakeSentNs = LONG_AGO;

    /** Before, packets that want a session make no initiation. */
    private long nextInitiationNs = LONG_AGO;

    private Instant lastHandshake;
    private long receivedBytes;
    private long sentBytes;

    // The peer's place in the DeadlineQueue, which alone writes them.
    int queuePlace = DeadlineQueue.ABSENT;
    long queuedDeadlineNs = PeerTimers.NEVER;

    Peer(Device device, PublicKey publicKey, StaticIdentity identity, StagingBudget.Share staging) {
        this.device = device;
        this.publicKey = publicKey;
        handshake = new Handshake(publicKey);
        handshake.setIdentity(identity);
        cookies = new CookieGenerator(publicKey);
        keypairs = new Keypairs(this::retired);
        timers = new PeerTimers(device.random());
        staged = new StagedPackets(staging);
    }

    public PublicKey publicKey() {
        return publicKey;
    }

    /** How the peer is configured and how it fares, now. */
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

    /** A copy, the caller's to wipe; {@link PresharedKey#NONE} without one. */
    public PresharedKey presharedKey() {
        return handshake.presharedKey();
    }

    /** Where the peer is sent to; null while unknown. */
    public Endpoint endpoint() {
        return endpoint;
    }

    // --- configuration

    void setIdentity(StaticIdentity identity) {
        forgetHandshake();
        handshake.setIdentity(identity);
        keypairs.forbidSending();
        lastHandshakeSentNs = LONG_AGO;
        nextInitiationNs = LONG_AGO;
    }

    void setPresharedKey(PresharedKey key) {
        handshake.setPresharedKey(key);
    }

    void setEndpoint(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** Leaves the source address to the system again, until the peer is heard from. */
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

    /** After a change of configuration: what it makes possible is done now. */
    void configured(long nowNs) {
        if (!device.isUp()) {
            return;
        }
        if (!staged.isEmpty()) {
            sendStaged(nowNs);
        }
        if (timers.owesPersistentKeepalive()) {
            sendKeepalive(nowNs);
        }
    }

    /** Ends the session, as if there never was one. */
    void down() {
        device.count(DropReason.STAGED_DROPPED, staged.clear());
        timers.stop();
        wipeSession();
        lastHandshakeSentNs = LONG_AGO;
        nextInitiationNs = LONG_AGO;
        reschedule();
    }

    /** Ends everything; the peer is being removed. */
    void wipe() {
        down();
        handshake.wipe();
        cookies.wipe();
    }

    // --- sending

    /** The session to send with, or null when there is none that may be used. */
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

    /** Keeps a copy of a packet until there is a session, and asks for one. */
    void stage(MemorySegment slab, int offset, int length, long nowNs) {
        device.count(DropReason.STAGED_DROPPED, staged.add(slab, offset, length));
        initiate(false, nowNs);
    }

    /**
     * Turns packets into transport data, in place (whitepaper 5.4.6).
     *
     * @return false, and nothing is changed, when the session has no counters left
     */
    boolean seal(PacketBatch batch, int first, int count, Keypair keypair, long nowNs) {
        long firstCounter = keypair.takeCounters(count);
        if (firstCounter == -1) {
            keypair.forbidSending();
            return false;
        }
        MemorySegment slab = batch.slab();
        int[] offsets = batch.offsets();
        int[] lengths = batch.lengths();
        boolean data = false;
        for (int i = first; i < first + count; i++) {
            int length = lengths[i];
            data |= length > 0;
            lengths[i] = TransportMessage.paddedLength(length, device.mtu());
            slab.asSlice(offsets[i] + (long) length, lengths[i] - length).fill((byte) 0);
            TransportMessage.writeHeader(
                    slab,
                    offsets[i] - TransportMessage.HEADER_LENGTH,
                    keypair.remoteIndex(),
                    firstCounter + (i - first));
        }
        keypair.sendKey().seal(firstCounter, slab, offsets, lengths, slab, offsets, first, count);
        for (int i = first; i < first + count; i++) {
            offsets[i] -= TransportMessage.HEADER_LENGTH;
            lengths[i] += TransportMessage.HEADER_LENGTH + TransportMessage.TAG_LENGTH;
            sentBytes += lengths[i];
        }
        timers.authenticatedPacketSent(nowNs);
        if (data) {
            timers.dataSent(nowNs);
        }
        boolean wornOut =
                Long.compareUnsigned(keypair.sendCounter(), Limits.REKEY_AFTER_MESSAGES) > 0
                        || keypair.initiator() && keypair.ageNs(nowNs) >= device.rekeyAfterNs();
        if (wornOut) {
            initiate(false, nowNs);
        }
        reschedule();
        return true;
    }

    /** Sends what was staged, or asks for a session. */
    private void sendStaged(long nowNs) {
        Keypair keypair = sendingKeypair(nowNs);
        if (keypair == null) {
            initiate(false, nowNs);
            return;
        }
        Outbox outbox = device.outbox();
        for (byte[] packet = staged.poll(); packet != null; packet = staged.poll()) {
            sendOne(packet, keypair, outbox, nowNs);
        }
    }

    private void sendOne(byte[] packet, Keypair keypair, Outbox outbox, long nowNs) {
        if (endpoint == null) {
            device.count(DropReason.NO_ENDPOINT, 1);
            return;
        }
        if (!outbox.hasRoomFor(packet.length)) {
            outbox.flush();
        }
        outbox.addPacket(packet, endpoint);
        if (!seal(outbox.batch(), outbox.batch().count() - 1, 1, keypair, nowNs)) {
            outbox.dropLast(1);
            initiate(false, nowNs);
        }
    }

    /** Sends what was staged, else an empty packet: either tells the peer that we are here. */
    private void sendKeepalive(long nowNs) {
        Keypair keypair = sendingKeypair(nowNs);
        if (!staged.isEmpty() || keypair == null) {
            sendStaged(nowNs);
        } else {
            sendOne(KEEPALIVE, keypair, device.outbox(), nowNs);
        }
    }

    /** Sends an initiation, unless one was sent a moment ago or nobody knows where to. */
    private void initiate(boolean retransmission, long nowNs) {
        if (!retransmission) {
            timers.resetAttempts();
        }
        if (endpoint == null || !retransmission && nowNs < nextInitiationNs) {
            return;
        }
        lastHandshakeSentNs = nowNs;
        // With jitter, as the timer's: under steady traffic it is packets that ask again, and what
        // befell one attempt at some beat, a crossing one or a change of address, must not befall
        // them all. The kernel and wireguard-go have it for the timer alone.
        nextInitiationNs = nowNs + device.rekeyTimeoutNs() + jitter();
        forgetHandshake();
        int index = device.indices().allocate(this);
        InitiationMessage message =
                handshake.createInitiation(index, device.random(), device.wallClock().instant());
        if (message == null) {
            device.indices().release(index);
            return;
        }
        handshakeIndex = index;
        handshakeRegistered = true;
        cookies.addMacs(message, nowNs);
        transmitHandshake(message.bytes(), nowNs);
        timers.handshakeInitiated(nowNs);
        reschedule();
    }

    private long jitter() {
        return device.random().nextLong(device.rekeyTimeoutNs() / Limits.JITTER_SHARE);
    }

    private void respond(Handshake.VerifiedInitiation initiation, long nowNs) {
        lastHandshakeSentNs = nowNs;
        nextInitiationNs = nowNs + device.rekeyTimeoutNs();
        int index = device.indices().allocate(this);
        Handshake.Response response =
                handshake.respond(initiation, index, device.random(), device.aead(), nowNs);
        if (response == null) {
            device.indices().release(index);
            return;
        }
        cookies.addMacs(response.message(), nowNs);
        begin(response.session(), nowNs);
        transmitHandshake(response.message().bytes(), nowNs);
    }

    private void transmitHandshake(byte[] message, long nowNs) {
        timers.authenticatedPacketSent(nowNs);
        sentBytes += message.length;
        device.outbox().addMessage(message, endpoint, Limits.HANDSHAKE_TRAFFIC_CLASS);
    }

    private void begin(Keypair session, long nowNs) {
        device.indices().replace(session.localIndex(), new IndexTable.Entry(this, session));
        device.group().add(session);
        keypairs.add(session);
        timers.sessionDerived(nowNs);
    }

    private void retired(Keypair session) {
        device.indices().release(session.localIndex());
        device.group().remove(session);
    }

    /** Whether transport data to that index is of a session with this peer. */
    boolean sendsTo(int remoteIndex) {
        return keypairs.sendTo(remoteIndex);
    }

    // --- receiving

    /**
     * False when the initiation did not prove to be a new one of this peer: nothing has changed.
     */
    boolean receiveInitiation(
            InitiationMessage message, ClaimedInitiation claim, Endpoint source, long nowNs) {
        Handshake.VerifiedInitiation initiation =
                handshake.consumeInitiation(message, claim, nowNs);
        if (initiation == null) {
            return false;
        }
        heardFrom(source);
        receivedBytes += InitiationMessage.LENGTH;
        timers.authenticatedPacketReceived(nowNs);
        respond(initiation, nowNs);
        reschedule();
        return true;
    }

    /** False when it is no response to our last initiation: nothing has changed. */
    boolean receiveResponse(ResponseMessage message, Endpoint source, long nowNs) {
        Keypair session = handshake.consumeResponse(message, device.aead(), nowNs);
        if (session == null) {
            return false;
        }
        heardFrom(source);
        receivedBytes += ResponseMessage.LENGTH;
        timers.authenticatedPacketReceived(nowNs);
        handshakeRegistered = false; // the index lives on as the session's
        begin(session, nowNs);
        handshakeCompleted();
        // Confirms the session to the peer, which may not send before.
        sendKeepalive(nowNs);
        reschedule();
        return true;
    }

    /** Only a message can tell how to get a cookie accepted; the endpoint stays where it is. */
    boolean receiveCookieReply(CookieReplyMessage message, long nowNs) {
        return cookies.consume(message, nowNs);
    }

    /** Whether what arrives with this session may be newer than all that has arrived. */
    boolean isNewest(Keypair receivedWith) {
        return keypairs.isNewest(receivedWith);
    }

    /**
     * To be called for each authenticated message that is newer than those before: the peer is
     * where it was last heard from (whitepaper 2.1).
     */
    void heardFrom(Endpoint source) {
        if (source == endpoint || source.equals(endpoint)) {
            return;
        }
        boolean moved = !source.sameRemote(endpoint);
        endpoint = source;
        if (moved) {
            device.output().endpointChanged(this);
        }
    }

    /**
     * Authentic transport data arrived in one go.
     *
     * @param bytes of the datagrams together
     * @param data whether one of them was no keepalive
     */
    void receivedTransport(Keypair keypair, long bytes, boolean data, long nowNs) {
        receivedBytes += bytes;
        // Before anything is sent in answer, which is what these timers wait for and begin with.
        timers.authenticatedPacketReceived(nowNs);
        if (data) {
            timers.dataReceived(nowNs);
        }
        if (keypairs.confirm(keypair)) {
            // Both sides have this session; a late response would begin one that the peer may
            // have dropped.
            forgetHandshake();
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
        timers.handshakeCompleted();
        lastHandshake = device.wallClock().instant();
        device.output().handshakeCompleted(this);
    }

    // --- time

    /** Does what is due. */
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
                    forgetSource(); // the address we send from may be what went wrong
                    initiate(false, nowNs);
                }
                case ZERO_KEYS -> {
                    boolean hadSession = !keypairs.isEmpty();
                    // A handshake that has just begun is not of old: who wakes up after an hour
                    // calls the peer first. If nothing comes of it, giving up starts this timer
                    // again.
                    if (nowNs - lastHandshakeSentNs >= device.rekeyTimeoutNs()) {
                        forgetHandshake();
                    }
                    keypairs.clear();
                    if (hadSession) {
                        device.output().sessionExpired(this);
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
        if (nowNs - lastHandshakeSentNs < device.rekeyTimeoutNs()) {
            // A response of ours went out meanwhile; it may be lost as the initiation was.
            timers.handshakeInitiated(lastHandshakeSentNs);
        } else if (timers.mayRetransmit()) {
            forgetSource();
            initiate(true, nowNs);
        } else {
            device.count(DropReason.STAGED_DROPPED, staged.clear());
            timers.handshakeGivenUp(nowNs);
            device.output().sessionExpired(this);
        }
    }

    private void wipeSession() {
        forgetHandshake();
        keypairs.clear();
    }

    private void forgetHandshake() {
        unregisterHandshake();
        handshake.clear();
    }

    private void unregisterHandshake() {
        if (handshakeRegistered) {
            device.indices().release(handshakeIndex);
            handshakeRegistered = false;
        }
    }

    private void reschedule() {
        device.deadlines().update(this, timers.nextDeadlineNs());
    }

    /** The first and last characters of the public key. */
    @Override
    public String toString() {
        return "peer(" + publicKey + ")";
    }
}
