// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.PlaneIndex;
import org.wgj.protocol.PeerStatus;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The links of one plane, and what they share. In a small plane each peer has a link. In a large
 * one a peer gets it when the tunnel tells of it, and loses it when there is no session any more
 * and nothing was said for a while.
 */
final class PlanePaths {
    private final String name;
    private final PathSettings settings;
    private final PathActions actions;
    private final RandomGenerator random;
    private final NatHint hint = new NatHint();

    /** By node id. */
    private final Map<Long, Link> links = new TreeMap<>();

    /** Makes its tables when it is first asked, on the manager's thread. */
    private PlaneIndex index;

    private boolean eager = true;

    private final Map<PublicKey, Link> byKey = new HashMap<>();
    private final Map<InetAddress, Link> byAddress = new HashMap<>();

    /** The places from which peers greeted with their next keys, by these keys. */
    private final Map<PublicKey, InetSocketAddress> nextAt = new HashMap<>();

    private List<RelayPlace> relays = List.of();
    private PlaceRules rules = PlaceRules.NONE;
    private Membership own;
    private boolean mayRelay = true;
    private int mtu;

    /** When something was tried first since something was heard last; never if nothing was. */
    private long triedNs = Link.NEVER;

    private long pollNs = Link.NEVER;

    /** Until then somebody looks at the links. */
    private long seenUntilNs = Long.MIN_VALUE;

    private long heardBytes;
    private boolean changed;
    private boolean askedStatus;

    /** Challenges to relays on their way, by id, with the relay that must answer. */
    private final Map<Long, PublicKey> toRelays = new HashMap<>();

    PlanePaths(String name, PathSettings settings, PathActions actions, RandomGenerator random) {
        this.name = name;
        this.settings = settings;
        this.actions = actions;
        this.random = random;
    }

    String name() {
        return name;
    }

    PathSettings settings() {
        return settings;
    }

    PathActions actions() {
        return actions;
    }

    RandomGenerator random() {
        return random;
    }

    NatHint hint() {
        return hint;
    }

    PlaceRules rules() {
        return rules;
    }

    Membership own() {
        return own;
    }

    /** Returns whether packets of this node may pass through a relay. */
    boolean mayRelay() {
        return mayRelay;
    }

    int mtu() {
        return mtu;
    }

    Iterable<Link> links() {
        return links.values();
    }

    /** Returns the link to a peer, which may begin now in a large plane; null if there is none. */
    Link linkOrBegin(PublicKey key, long nowNs) {
        Link link = byKey.get(key);
        if (link != null || eager || index == null) {
            return link;
        }
        MapNode node = index.byKey(key);
        if (node == null || !isPeer(node) || !node.planes().get(name).key().equals(key)) {
            return null; // a coordinator, or a key that waits to replace another
        }
        add(node, node.planes().get(name), nowNs);
        link = byKey.get(key);
        if (link != null) {
            link.beginOnDemand(nowNs);
        }
        return link;
    }

    void seen(long untilNs, long nowNs) {
        boolean begins = !isSeen(nowNs);
        seenUntilNs = untilNs;
        if (begins) {
            links.values().forEach(link -> link.seen(nowNs));
        }
    }

    boolean isSeen(long nowNs) {
        return nowNs < seenUntilNs;
    }

    boolean isEager() {
        return eager;
    }

    void changed() {
        changed = true;
    }

    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    // --- the map

    void setRules(PlaceRules rules) {
        this.rules = rules;
    }

    /**
     * Takes what the map says of this node.
     *
     * @param directOnly whether it says that this node takes no relay; {@link #setRelays} must
     *     follow
     */
    void setOwn(Membership own, boolean directOnly, int mtu) {
        this.own = own;
        mayRelay = settings.relayed() && !directOnly;
        this.mtu = mtu;
        hint.coordinatorsSaw(
                own.candidates().stream()
                        .filter(candidate -> candidate.kind() == Candidate.Kind.OBSERVED)
                        .map(Candidate::endpoint)
                        .toList());
    }

    /**
     * Takes the map.
     *
     * @param firstMap whether the node knew no map before
     */
    void setMap(MeshMap map, boolean firstMap, long nowNs) {
        index = new PlaneIndex(map, name);
        eager = !MapNodes.hasMore(map, name, settings.ownId(), settings.eagerPeers());
        for (Link link : List.copyOf(links.values())) {
            MapNode node = map.nodes().get(link.nodeId());
            if (node == null || !isPeer(node) || !isLinkOf(link, node)) {
                remove(link);
                continue;
            }
            Membership member = node.planes().get(name);
            if (!link.key().equals(member.key())) {
                changeKey(link, member.key(), nowNs);
            }
            if (!member.equals(link.member())) {
                setMember(link, member, nowNs);
            }
            if (link.setDirectOnly(node.directOnly())) {
                setRelays(link, nowNs);
            }
            link.setFirst(isFirst(link.key()));
        }
        nextAt.keySet().removeIf(key -> index.byKey(key) == null);
        if (eager) {
            for (MapNode node : map.nodes().values()) {
                if (isPeer(node) && !links.containsKey(node.id())) {
                    begin(node, firstMap, nowNs);
                }
            }
        } else {
            // These are peers of the tunnel at any time, and WireGuard itself speaks to them.
            for (MapNode node : MapNodes.special(map)) {
                if (isPeer(node) && !links.containsKey(node.id())) {
                    begin(node, firstMap, nowNs);
                }
            }
        }
    }

    private boolean isPeer(MapNode node) {
        return node.id() != settings.ownId() && node.planes().containsKey(name);
    }

    /** The own candidates decide which places of others are near: chooses again everywhere. */
    void choosePlaces(long nowNs) {
        for (Link link : links.values()) {
            link.choosePlaces(nowNs);
        }
    }

    private boolean isLinkOf(Link link, MapNode node) {
        Membership member = node.planes().get(name);
        return (link.key().equals(member.key()) || link.isNextKey(member.key()))
                && link.isStock() == node.stock()
                && addressesOf(member) != null;
    }

    private boolean isFirst(PublicKey key) {
        return compare(own.key(), key) < 0;
    }

    /** A peer's next key has become its key: the link goes on with the session under it. */
    private void changeKey(Link link, PublicKey key, long nowNs) {
        byKey.remove(link.key());
        byKey.put(key, link);
        link.changeKey(key, nextAt.remove(key), nowNs);
    }

    /** The tunnel has an endpoint of a peer that is no link's: that of a next key. */
    void nextKeyAt(PublicKey key, InetSocketAddress endpoint) {
        if (links.values().stream().anyMatch(link -> link.isNextKey(key))) {
            nextAt.put(key, endpoint);
        }
    }

    private void begin(MapNode node, boolean firstMap, long nowNs) {
        Membership member = node.planes().get(name);
        add(node, member, nowNs);
        Link link = links.get(node.id());
        if (link == null) {
            return;
        }
        boolean greets =
                firstMap && settings.newcomer()
                        ? node.id() < settings.ownId() || link.isFirst()
                        : firstMap && link.isFirst();
        long atNs = greets ? nowNs : nowNs + PathTimes.TAKE_OVER;
        link.begin(eager || isRelay(link.key()) ? atNs : Link.NEVER, nowNs);
    }

    private void add(MapNode node, Membership member, long nowNs) {
        if (addressesOf(member) == null) {
            return; // no address of a family that both have: nothing to say to one another
        }
        boolean first = isFirst(member.key());
        Link link = new Link(this, node.id(), member.key(), node.stock(), first);
        links.put(node.id(), link);
        byKey.put(member.key(), link);
        setMember(link, member, nowNs);
        link.setDirectOnly(node.directOnly());
        setRelays(link, nowNs);
        changed();
        plan(nowNs);
    }

    /** A relay is no way to itself. */
    private void setRelays(Link link, long nowNs) {
        link.setRelays(
                relays.stream().filter(relay -> !relay.key().equals(link.key())).toList(), nowNs);
    }

    private void setMember(Link link, Membership member, long nowNs) {
        byAddress.values().removeIf(other -> other == link);
        InetAddress[] pair = addressesOf(member);
        link.setMember(member, pair[0], pair[1], nowNs);
        member.addresses().forEach(address -> byAddress.put(address, link));
    }

    private void remove(Link link) {
        links.remove(link.nodeId());
        byKey.remove(link.key());
        byAddress.values().removeIf(other -> other == link);
        changed();
    }

    /** Returns an own and a peer's address of one family; null if they have no family in common. */
    private InetAddress[] addressesOf(Membership member) {
        for (InetAddress ours : own.addresses()) {
            for (InetAddress theirs : member.addresses()) {
                if (Link.sameFamily(ours, theirs)) {
                    return new InetAddress[] {ours, theirs};
                }
            }
        }
        return null;
    }

    private static int compare(PublicKey a, PublicKey b) {
        return Arrays.compareUnsigned(a.bytes(), b.bytes());
    }

    // --- relays

    void setRelays(List<RelayPlace> now, long nowNs) {
        relays = List.copyOf(now);
        for (Link link : links.values()) {
            setRelays(link, nowNs);
            if (isRelay(link.key())) {
                link.needed(nowNs);
            }
        }
    }

    /** Returns whether a peer is a relay, which serves only those that have a session with it. */
    boolean isRelay(PublicKey key) {
        return relays.stream().anyMatch(relay -> relay.key().equals(key));
    }

    /**
     * Sends each relay an authentic packet, so that it learns where this node is now. An echo, if
     * the relay knows challenges, tells how the own router chose.
     */
    void touchRelays(long nowNs) {
        tried(nowNs);
        for (RelayPlace relay : relays) {
            for (InetAddress address : relay.addresses()) {
                InetAddress ours =
                        own.addresses().stream()
                                .filter(a -> Link.sameFamily(a, address))
                                .findFirst()
                                .orElse(null);
                if (ours != null) {
                    long id = random.nextLong();
                    if (toRelays.size() > 32) {
                        toRelays.clear();
                    }
                    toRelays.put(id, relay.key());
                    actions.sendVia(
                            name,
                            relay.key(),
                            PathPacket.challenge(id, ours, address, 0).bytes(),
                            null);
                    break;
                }
            }
        }
    }

    // --- what happens

    void packet(InetSocketAddress source, PathPacket packet, long nowNs) {
        heard(nowNs);
        Link link = byAddress.get(packet.source());
        if (link != null) {
            link.packet(source, packet, nowNs);
        }
        if (packet.type() == PathPacket.Type.ECHO) {
            PublicKey relay = toRelays.remove(packet.id());
            if (relay != null) {
                hint.note(relay, packet.seenOrNull());
            }
        }
    }

    void status(List<PeerStatus> peers, long nowNs) {
        askedStatus = false;
        long all = 0;
        for (PeerStatus peer : peers) {
            all += peer.receivedBytes();
            Link link = byKey.get(peer.publicKey());
            if (link != null) {
                link.status(peer, nowNs);
            }
        }
        if (all != heardBytes) {
            heardBytes = all;
            heard(nowNs);
        }
        plan(nowNs);
    }

    /** Something was sent that deserves an answer. */
    void tried(long nowNs) {
        triedNs = Math.min(triedNs, nowNs);
        plan(nowNs);
    }

    void heard(long nowNs) {
        triedNs = Link.NEVER;
        plan(nowNs);
    }

    boolean isBlocked(long nowNs) {
        return triedNs != Link.NEVER && nowNs - triedNs >= PathTimes.BLOCKED;
    }

    void askStatus() {
        if (!askedStatus) {
            askedStatus = true;
            actions.askStatus(name);
        }
    }

    private void plan(long nowNs) {
        if (pollNs == Link.NEVER && !links.isEmpty()) {
            pollNs = nowNs + PathTimes.POLL;
        }
    }

    long dueNs() {
        long due = pollNs;
        for (Link link : links.values()) {
            due = Math.min(due, link.dueNs());
        }
        return due;
    }

    void run(long nowNs) {
        for (Link link : links.values()) {
            link.run(nowNs);
        }
        if (nowNs >= pollNs) {
            poll(nowNs);
        }
    }

    private void poll(long nowNs) {
        boolean wanted = triedNs != Link.NEVER;
        for (Link link : links.values()) {
            wanted |= link.mayHaveSession(nowNs);
        }
        if (!eager) {
            for (Link link : List.copyOf(links.values())) {
                if (link.isOver(nowNs) && !isRelay(link.key())) {
                    remove(link);
                    actions.release(name, link.key());
                }
            }
            wanted |= !links.isEmpty();
        }
        pollNs = wanted ? nowNs + PathTimes.POLL : Link.NEVER;
        if (wanted) {
            askedStatus = false;
            askStatus();
        }
        if (isBlocked(nowNs)) {
            changed();
        }
    }

    /** The machine's addresses or routes changed. */
    void networkChanged(long nowNs) {
        hint.clear();
        if (own != null) {
            touchRelays(nowNs);
            for (Link link : links.values()) {
                link.networkChanged(nowNs);
            }
        }
    }
}
