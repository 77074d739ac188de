// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Membership;
import org.wgj.protocol.PeerStatus;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The link to one peer in one plane: where its packets are sent, and why.
 *
 * <p>A session comes about on any path that works, usually a relay's ({@link Attempts}). Its
 * challenges then try the peer's places ({@link Burst}), and data moves to a place only after it
 * has answered a small one and one of full size. The path in use is watched ({@link Watch}); if it
 * dies, data goes to a relay again, with a new handshake, from which the relay learns of the pair.
 */
final class Link {
    static final long NEVER = Long.MAX_VALUE;

    private static final long SEEN_EACH = 100 * PathTimes.MS;

    private final PlanePaths plane;
    private final long nodeId;
    private final boolean stock;
    private PublicKey key;
    private boolean first;

    private final Attempts attempts = new Attempts(this);
    private final Burst burst = new Burst(this);
    private final Watch watch = new Watch(this);
    private final Challenges challenges = new Challenges();
    private final Traffic traffic = new Traffic();
    private final PeerPlaces places = new PeerPlaces();

    private Membership member;
    private InetAddress ownAddress;
    private InetAddress peerAddress;
    private Place currentOrNull;

    /** True if a handshake or an echo has shown that the path in use works. */
    private boolean up;

    private boolean everUp;

    /** True if the tunnel was not told yet where the peer is. */
    private boolean aimless;

    private long wokeNs;
    private boolean idle;
    private boolean peerIsDirectOnly;
    private boolean peerIsHard;
    private long lastHandshakeNs = PathReport.NEVER;
    private long lastSeenNs = Long.MIN_VALUE / 2;
    private Instant lastHandshakeOrNull;

    /**
     * @param first whether this end begins where both could
     */
    Link(PlanePaths plane, long nodeId, PublicKey key, boolean stock, boolean first) {
        this.plane = plane;
        this.nodeId = nodeId;
        this.key = key;
        this.stock = stock;
        this.first = first;
    }

    // --- what the parts ask for

    boolean isFirst() {
        return first;
    }

    void setFirst(boolean first) {
        this.first = first;
    }

    long nodeId() {
        return nodeId;
    }

    PublicKey key() {
        return key;
    }

    Membership member() {
        return member;
    }

    InetAddress peerAddress() {
        return peerAddress;
    }

    boolean isStock() {
        return stock;
    }

    long jitter(long boundNs) {
        return plane.random().nextLong(boundNs);
    }

    long watchEach(long nowNs) {
        if (hasData()) {
            return PathTimes.WATCH_BUSY;
        }
        return plane.isSeen(nowNs) ? PathTimes.WATCH_SEEN : PathTimes.WATCH_QUIET;
    }

    boolean hasData() {
        return traffic.isFlowing();
    }

    /** Somebody begins to look at the link. */
    void seen(long nowNs) {
        // Not all links at one moment.
        watch.sooner(PathTimes.WATCH_SEEN, nowNs + jitter(PathTimes.WATCH_SEEN / 2));
    }

    long answerWithin() {
        return PathTimes.answerWithin(currentOrNull.rttNs());
    }

    void askStatus() {
        plane.askStatus();
    }

    /** Returns whether the session of the last handshake may be alive. */
    boolean mayHaveSession(long nowNs) {
        return nowNs - lastHandshakeNs < PathTimes.SESSION;
    }

    // --- places

    /** Takes what the map and the rules say of the peer's places. */
    void setMember(Membership member, InetAddress own, InetAddress peer, long nowNs) {
        this.member = member;
        ownAddress = own;
        peerAddress = peer;
        choosePlaces(nowNs);
    }

    /** Chooses places again, and tries them soon if there are others than before. */
    void choosePlaces(long nowNs) {
        boolean changed = places.choose(plane.rules(), member, plane.own());
        if (changed && everUp && !idle) {
            burst.plan(nowNs + PathTimes.FIRST_ROUND);
        }
    }

    /**
     * Takes whether the peer lets nothing pass through a relay. {@link #setRelays} must follow a
     * change.
     *
     * @return whether that is a change
     */
    boolean setDirectOnly(boolean directOnly) {
        boolean change = peerIsDirectOnly != directOnly;
        peerIsDirectOnly = directOnly;
        return change;
    }

    void setRelays(List<RelayPlace> now, long nowNs) {
        boolean before = places.areDirectOnly();
        places.setRelays(now, plane.mayRelay() && !peerIsDirectOnly);
        if (currentOrNull != null && places.areDirectOnly() && !before) {
            leaveRelays(nowNs);
        } else if (before && !places.areDirectOnly() && !up && !idle) {
            attempts.begin(nowNs);
        }
    }

    /** Nothing may go to a relay any more, no copy of an initiation either. */
    private void leaveRelays(long nowNs) {
        if (up && isOnRelay()) {
            pathDied(nowNs);
        } else if (up) {
            furtherPlaces(List.of());
        } else {
            aim(Attempts.Aim.LIKELY);
        }
        if (isOnRelay()) {
            currentOrNull = null; // the peer has no place
            furtherPlaces(List.of());
        }
        plane.changed();
    }

    boolean isNextKey(PublicKey other) {
        return member != null && other.equals(member.pendingKeyOrNull());
    }

    /**
     * The peer has another key, under which the tunnel may have a session already.
     *
     * @param atOrNull from where the peer began that session; null if there is none yet
     */
    void changeKey(PublicKey next, InetSocketAddress atOrNull, long nowNs) {
        key = next;
        Place before = currentOrNull;
        if (before == null) {
            return; // the link has not begun
        }
        Place place = atOrNull == null ? before : places.findOrAdd(atOrNull, before);
        traffic.restart();
        currentOrNull = null; // the tunnel has a new peer, which knows no place
        setCurrent(place);
        furtherPlaces(place.isRelay() ? places.relaysBut(place) : List.of());
        if (atOrNull != null) {
            place.shookHands(nowNs);
        } else if (!idle) {
            attempts.begin(nowNs);
        }
    }

    boolean isOnDirectPath() {
        return currentOrNull != null && !currentOrNull.isRelay();
    }

    boolean wantsBetterPath() {
        if (stock || !plane.settings().direct() || !everUp || idle) {
            return false;
        }
        return currentOrNull == null
                || places.direct().stream()
                        .anyMatch(p -> p.isBetterThan(currentOrNull) && p != currentOrNull);
    }

    // --- the session

    /**
     * Begins the link.
     *
     * @param atNs when to ask for a session; {@link #NEVER} to wait for data
     */
    void begin(long atNs, long nowNs) {
        idle = atNs == NEVER;
        aim(Attempts.Aim.LIKELY);
        if (!idle) {
            attempts.begin(atNs);
            if (atNs > nowNs && !places.hasRelay()) {
                burst.begin(nowNs); // opens the own router for the peer's initiations
            }
        }
    }

    /** Begins the link because the tunnel has just got the peer, on demand. */
    void beginOnDemand(long nowNs) {
        idle = true;
        aimless = true;
        wokeNs = nowNs;
    }

    /**
     * Returns whether the link of a large plane is not needed: no session, and nothing said of
     * late.
     */
    boolean isOver(long nowNs) {
        return !stock
                && (idle || !everUp)
                && nowNs - wokeNs > PathTimes.IDLE
                && !mayHaveSession(nowNs);
    }

    /**
     * Points the tunnel to where a handshake may succeed. The copies of an initiation leave
     * together, direct ones first. A relay's mostly arrives last, since its way is longer, and is
     * dropped as a replay. If it left later, peers that only a relay reaches would wait for it.
     */
    void aim(Attempts.Aim aim) {
        List<Place> targets = new ArrayList<>();
        if (plane.settings().direct() && mayGreetDirectly(aim)) {
            places.direct().stream()
                    .sorted(Comparator.comparing(p -> p.rank == Place.Rank.LAN))
                    .limit(PathSettings.MAX_HANDSHAKE_ENDPOINTS - 3L)
                    .forEach(targets::add);
        }
        List<Place> relays = places.relays().stream().limit(3).toList();
        targets.addAll(aim == Attempts.Aim.ALL ? 0 : targets.size(), relays);
        if (stock && targets.size() > 1) {
            targets = targets.subList(0, 1);
        }
        if (targets.isEmpty()) {
            return;
        }
        setCurrent(targets.getFirst());
        furtherPlaces(targets.subList(1, targets.size()));
    }

    /** A hit that passes one way only would eat the initiation; see C1 of the design. */
    private boolean mayGreetDirectly(Attempts.Aim aim) {
        return !places.hasRelay()
                || switch (aim) {
                    case LIKELY -> PlaceRules.isPublic(member) || PlaceRules.isPublic(plane.own());
                    case RELAYS -> false;
                    case ALL -> true;
                };
    }

    private void setCurrent(Place place) {
        if (currentOrNull != place) {
            currentOrNull = place;
            plane.actions().endpoint(plane.name(), key, place.endpoint);
            plane.changed();
        }
    }

    private void furtherPlaces(List<Place> further) {
        plane.actions()
                .handshakeEndpoints(
                        plane.name(), key, further.stream().map(p -> p.endpoint).toList());
    }

    /**
     * Begins a handshake.
     *
     * @param opensRouter whether the own router is to let the peer's initiations in
     */
    void initiate(boolean opensRouter, long nowNs) {
        plane.tried(nowNs);
        plane.actions().initiate(plane.name(), key);
        if (opensRouter && !stock || !places.hasRelay() && !everUp) {
            burst.begin(nowNs);
        }
    }

    void handshakeStarted(long nowNs) {
        plane.tried(nowNs);
        if (aimless) {
            aimless = false;
            aim(Attempts.Aim.LIKELY);
        }
        wake(nowNs);
    }

    void handshakeCompleted(long nowNs) {
        lastHandshakeNs = nowNs;
        boolean wasUp = up;
        aimless = false;
        works(nowNs);
        wake(nowNs);
        if (currentOrNull == null) {
            plane.askStatus(); // which tells where the peer is
            return;
        }
        if (stock) {
            return;
        }
        currentOrNull.shookHands(nowNs);
        if (!wasUp) {
            sessionUp(nowNs);
        }
    }

    /** The tunnel moved the endpoint by a handshake, which has passed in both directions. */
    void endpointMoved(InetSocketAddress endpoint, long nowNs) {
        if (places.isBarred(endpoint)) {
            turnAway();
            return;
        }
        aimless = false;
        Place place = places.findOrAdd(endpoint, currentOrNull);
        boolean other = place != currentOrNull;
        if (place.isRelay() && isOnDirectPath()) {
            currentOrNull.doubt(); // the peer has left it, and had a reason
        }
        currentOrNull = place;
        place.shookHands(nowNs);
        if (!other) {
            return;
        }
        plane.changed();
        if (stock) {
            return;
        }
        boolean allowed = plane.settings().direct() && plane.rules().mayTry(endpoint);
        if (!place.isRelay() && !allowed && places.hasRelay()) {
            move(places.relays().getFirst(), nowNs); // for one thing, no tunnel runs in a tunnel
            attempts.begin(nowNs); // the relay learns of the pair from a handshake
        } else {
            furtherPlaces(place.isRelay() ? places.relaysBut(place) : List.of());
        }
        if (up) {
            sessionUp(nowNs);
        }
    }

    /** A relay carried a handshake that it must not carry: data does not follow. */
    private void turnAway() {
        if (currentOrNull == null) {
            aim(Attempts.Aim.LIKELY);
        } else {
            plane.actions().endpoint(plane.name(), key, currentOrNull.endpoint);
        }
    }

    private void sessionUp(long nowNs) {
        if (isOnDirectPath()) {
            watch.nowWithFull(nowNs);
        } else {
            watch.now(nowNs);
        }
        if (wantsBetterPath() && !burst.isUnderWay()) {
            burst.plan(nowNs + PathTimes.FIRST_ROUND);
        }
    }

    /** The path in use was shown to work. */
    private void works(long nowNs) {
        attempts.end();
        plane.heard(nowNs);
        if (!up) {
            up = true;
            everUp = true;
            plane.changed();
        }
    }

    private void wake(long nowNs) {
        if (idle) {
            idle = false;
            wokeNs = nowNs;
            traffic.woke(nowNs);
            plane.changed();
            if (everUp && !stock && currentOrNull != null) {
                sessionUp(nowNs);
            }
        }
    }

    /** Other nodes are reached through the peer, so it needs a session even without data. */
    void needed(long nowNs) {
        if (idle) {
            wake(nowNs);
            if (!mayHaveSession(nowNs)) {
                attempts.begin(nowNs);
            }
        }
    }

    private void fallAsleep() {
        idle = true;
        burst.stop();
        watch.stop();
        attempts.end();
        plane.changed();
    }

    /** The machine's addresses changed: nothing is certain any more. */
    void networkChanged(long nowNs) {
        if (member != null && !stock) {
            places.direct().forEach(Place::doubt);
            choosePlaces(nowNs);
            if (everUp && !idle && currentOrNull != null) {
                watch.now(nowNs);
                burst.plan(nowNs + PathTimes.FIRST_ROUND);
            }
        }
    }

    // --- challenges

    /** Sends a challenge to the path in use. */
    void challengeCurrent(boolean full, long nowNs) {
        challenge(currentOrNull, full, nowNs);
    }

    private void challenge(Place to, boolean full, long nowNs) {
        challenges.expire(
                nowNs,
                lost -> {
                    Place place = places.find(lost.to());
                    if (lost.full() && place != null) {
                        place.lostFull();
                    }
                });
        long id = plane.random().nextLong();
        challenges.add(id, new Challenges.Sent(to.endpoint, full, nowNs));
        send(
                PathPacket.challenge(id, ownAddress, peerAddress, full ? plane.mtu() : 0),
                to.endpoint);
    }

    private void send(PathPacket packet, InetSocketAddress to) {
        traffic.sentPathPacket(packet.length(), plane.mtu());
        plane.actions().sendVia(plane.name(), key, packet.bytes(), to);
    }

    /**
     * Tells the peer over the path in use that a burst begins.
     *
     * @return how long the packet needs, in ns: half a round trip
     */
    long sendPunch(long nowNs) {
        if (currentOrNull == null) {
            return 0;
        }
        send(
                PathPacket.punch(
                        plane.random().nextLong(), ownAddress, peerAddress, plane.hint().isHard()),
                currentOrNull.endpoint);
        long rtt = currentOrNull.rttNs();
        return rtt < 0 ? 0 : Math.min(rtt / 2, PathTimes.SECOND / 2);
    }

    /** Sends to all places once: challenges in a session, else bytes that open the own router. */
    void sendBurst(boolean onlyFull, long begunNs, long nowNs) {
        boolean session = everUp && mayHaveSession(nowNs);
        for (Place place : places.direct()) {
            if (!session) {
                plane.actions().sendRaw(plane.name(), new byte[1], place.endpoint);
            } else if (!place.answeredSince(begunNs)) {
                if (!onlyFull) {
                    challenge(place, false, nowNs);
                }
            } else if (!place.answeredFullSince(begunNs)) {
                challenge(place, true, nowNs);
            }
        }
        if (session && isOnRelay() && !currentOrNull.answeredFullSince(begunNs)) {
            challengeCurrent(false, nowNs);
            challengeCurrent(true, nowNs);
        }
    }

    /** Concludes from a whole burst which paths lose packets of full size. */
    void burstEnded(long begunNs, long nowNs) {
        List<Place> tried = new ArrayList<>(places.direct());
        if (isOnRelay()) {
            tried.add(currentOrNull);
        }
        for (Place place : tried) {
            if (place.answeredSince(begunNs) && !place.answeredFullSince(begunNs)) {
                place.failedFull();
            }
        }
        considerMove(nowNs);
        plane.changed();
    }

    private boolean isOnRelay() {
        return currentOrNull != null && currentOrNull.isRelay();
    }

    /** Takes a path packet of this peer. */
    void packet(InetSocketAddress source, PathPacket packet, long nowNs) {
        traffic.heardPathPacket(packet.length(), plane.mtu());
        if (stock) {
            return;
        }
        switch (packet.type()) {
            case CHALLENGE -> {
                if (places.isRelay(source)
                        || plane.settings().direct() && !places.isBarred(source)) {
                    send(packet.echo(source), source);
                    heardFrom(source, nowNs);
                    if (currentOrNull != null && source.equals(currentOrNull.endpoint)) {
                        watch.challenged(nowNs);
                    }
                }
            }
            case PUNCH, HARD_PUNCH -> {
                peerIsHard = packet.type() == PathPacket.Type.HARD_PUNCH;
                if (plane.settings().direct() && burst.punched(nowNs) && plane.hint().isHard()) {
                    sendPunch(nowNs); // the peer is in a burst already: it only learns that
                }
            }
            case ECHO -> echo(source, packet, nowNs);
        }
    }

    /** The peer tries a path: so does this end, which may not know the place at all. */
    private void heardFrom(InetSocketAddress source, long nowNs) {
        if (!plane.settings().direct()
                || places.isRelay(source)
                || places.isBarred(source)
                || !plane.rules().mayTry(source)
                || nowNs - lastSeenNs < SEEN_EACH) {
            return;
        }
        Place known = places.find(source);
        boolean doubtful = known == null || !known.answeredSince(nowNs - PathTimes.PROOF);
        if (doubtful && known != currentOrNull || known == null) {
            lastSeenNs = nowNs;
            challenge(places.findOrAdd(source, currentOrNull), false, nowNs);
        }
    }

    private void echo(InetSocketAddress source, PathPacket packet, long nowNs) {
        Challenges.Sent challenge = challenges.answered(packet.id(), source);
        Place place = challenge == null ? null : places.find(source);
        if (place == null) {
            return; // no answer to a challenge over this path
        }
        place.answered(challenge.sentNs(), challenge.full(), nowNs);
        if (!place.isRelay() && place.rank != Place.Rank.LAN) {
            plane.hint().note(key, packet.seenOrNull());
        }
        if (place == currentOrNull) {
            works(nowNs);
            watch.answered(challenge.full(), challenge.sentNs());
            if (place.isRelay()) {
                burst.pathMeasured(nowNs);
            }
        } else if (!challenge.full()
                && !place.answeredFullSince(nowNs - PathTimes.PROOF)
                && (currentOrNull == null || place.isBetterThan(currentOrNull) || !up)) {
            challenge(place, true, nowNs);
        }
        considerMove(nowNs);
    }

    private void considerMove(long nowNs) {
        Place best = null;
        for (Place place : places.direct()) {
            if (mayCarryData(place, nowNs) && (best == null || place.isBetterThan(best))) {
                best = place;
            }
        }
        if (best == null || best == currentOrNull) {
            return;
        }
        if (currentOrNull == null || best.isBetterThan(currentOrNull)) {
            move(best, nowNs);
        }
    }

    private boolean mayCarryData(Place place, long nowNs) {
        long since = nowNs - PathTimes.PROOF;
        boolean relayIsNoBetter = currentOrNull != null && currentOrNull.losesFullSize();
        return place.answeredFullSince(since)
                || place.answeredSince(since) && place.losesFullSize() && relayIsNoBetter;
    }

    private void move(Place to, long nowNs) {
        setCurrent(to);
        furtherPlaces(to.isRelay() ? places.relaysBut(to) : List.of());
        watch.now(nowNs);
    }

    // --- the path dies

    /** The path in use no longer answers. */
    void pathDied(long nowNs) {
        Place dead = currentOrNull;
        dead.doubt();
        up = false;
        watch.stop();
        Place direct = null;
        for (Place place : places.direct()) {
            if (place != dead && mayCarryData(place, nowNs)) {
                direct = place;
                break;
            }
        }
        if (!dead.isRelay()) {
            burst.directDied(nowNs);
        }
        if (direct != null) {
            move(direct, nowNs);
            return;
        }
        if (dead.isRelay()) {
            places.putLast(dead);
        }
        plane.touchRelays(nowNs); // the router's mapping to the relay may be gone too
        aim(places.hasRelay() ? Attempts.Aim.RELAYS : Attempts.Aim.LIKELY);
        attempts.begin(first ? nowNs : nowNs + PathTimes.SECOND_TURN);
        if (currentOrNull != dead) {
            watch.now(nowNs); // the relay may still know the pair
        }
        plane.changed();
    }

    /**
     * The path in use answers, but loses packets of full size.
     *
     * @return whether data went to a relay, which does not lose them
     */
    boolean fullSizeLost(long nowNs) {
        currentOrNull.failedFull();
        if (currentOrNull.isRelay()
                || !places.hasRelay()
                || places.relays().getFirst().losesFullSize()) {
            return false;
        }
        burst.directDied(nowNs);
        move(places.relays().getFirst(), nowNs);
        attempts.begin(nowNs); // the relay learns of the pair from a handshake
        return true;
    }

    // --- counters and time

    void status(PeerStatus status, long nowNs) {
        boolean handshake =
                status.lastHandshake() != null
                        && !status.lastHandshake().equals(lastHandshakeOrNull);
        if (handshake) {
            lastHandshakeOrNull = status.lastHandshake();
        }
        if (currentOrNull == null && up && status.endpoint() != null) {
            endpointMoved(status.endpoint().toSocketAddress(), nowNs);
        }
        boolean wasFlowing = traffic.isFlowing();
        traffic.count(status.receivedBytes(), status.sentBytes(), handshake, nowNs);
        if (traffic.isFlowing()) {
            if (idle && everUp) {
                wake(nowNs);
            } else if (!wasFlowing) {
                watch.sooner(PathTimes.WATCH_BUSY, nowNs);
            }
        } else if (!idle
                && !plane.isEager()
                && !plane.isRelay(key)
                && everUp
                && traffic.quietNs(nowNs) > PathTimes.IDLE) {
            fallAsleep();
        }
        if (traffic.isUnanswered()) {
            watch.unanswered(nowNs);
        }
        watch.counted(traffic.heardBytes(), nowNs);
    }

    long dueNs() {
        return Math.min(attempts.dueNs(), Math.min(burst.dueNs(), watch.dueNs()));
    }

    void run(long nowNs) {
        attempts.run(nowNs);
        burst.run(nowNs);
        watch.run(nowNs);
    }

    // --- reports

    PathReport report(boolean blocked) {
        PathKind kind = kind();
        return new PathReport(
                nodeId,
                plane.name(),
                key,
                kind,
                reason(kind, blocked),
                up && currentOrNull != null ? currentOrNull.rttNs() : -1,
                lastHandshakeOrNull,
                lastHandshakeNs,
                currentOrNull == null ? null : currentOrNull.endpoint);
    }

    private PathKind kind() {
        if (!everUp || currentOrNull == null) {
            return PathKind.NONE;
        }
        if (!up) {
            return PathKind.BROKEN;
        }
        return switch (currentOrNull.rank) {
            case RELAY -> PathKind.RELAY;
            case LAN -> PathKind.LAN;
            default -> PathKind.DIRECT;
        };
    }

    private PathReason reason(PathKind kind, boolean blocked) {
        return switch (kind) {
            case DIRECT, LAN -> null;
            case BROKEN -> noAnswer(blocked);
            case NONE -> {
                if (idle) {
                    yield PathReason.IDLE;
                }
                if (currentOrNull == null && !blocked) {
                    yield withoutPlaces();
                }
                yield blocked || attempts.hasFailed() ? noAnswer(blocked) : PathReason.PROBING;
            }
            case RELAY -> onRelay();
        };
    }

    private PathReason onRelay() {
        if (stock) {
            return PathReason.STOCK_PEER;
        }
        if (!plane.settings().direct()) {
            return PathReason.FORCED;
        }
        if (places.direct().isEmpty()) {
            return withoutPlaces();
        }
        if (places.direct().stream().anyMatch(Place::losesFullSize)) {
            return PathReason.MTU;
        }
        if (!burst.hasFailed()) {
            return PathReason.PROBING;
        }
        return peerIsHard && plane.hint().isHard() ? PathReason.SYM_SYM : PathReason.TIMEOUT;
    }

    private PathReason withoutPlaces() {
        if (places.areOnlyInOwnRoutes()) {
            return PathReason.ENDPOINT_IN_OWN_ROUTES;
        }
        return places.areDirectOnly() ? PathReason.DIRECT_ONLY : PathReason.NO_CANDIDATE;
    }

    private PathReason noAnswer(boolean blocked) {
        if (places.areDirectOnly()) {
            return PathReason.DIRECT_ONLY; // silence is no wonder without a relay
        }
        return blocked ? PathReason.UDP_BLOCKED : PathReason.TIMEOUT;
    }

    /** Returns whether an address has the family that the path packets of this link use. */
    static boolean sameFamily(InetAddress a, InetAddress b) {
        return a instanceof Inet4Address == b instanceof Inet4Address;
    }
}
