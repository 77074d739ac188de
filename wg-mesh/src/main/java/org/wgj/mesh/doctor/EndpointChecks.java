// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.PeerConfig;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks the endpoints by which nodes call each other: D9 and D10. D9 and D10. */
final class EndpointChecks {
    private final Folder folder;
    private final Verdicts verdicts;

    /** The endpoints by which other files call each file, and the number of these files. */
    private final Map<Member, Map<HostPort, Integer>> called = new HashMap<>();

    private final Set<Member> forwarded = new HashSet<>();
    private int keepalivesOnBothSides;

    EndpointChecks(Folder folder, Verdicts verdicts) {
        this.folder = folder;
        this.verdicts = verdicts;
    }

    void run() {
        for (Member member : folder.members()) {
            for (PeerConfig peer : member.peers()) {
                Member owner = folder.owner(peer);
                if (owner != null && peer.endpoint() != null) {
                    called.computeIfAbsent(owner, any -> new LinkedHashMap<>())
                            .merge(peer.endpoint(), 1, Integer::sum);
                }
            }
        }
        for (Member member : folder.members()) {
            for (PeerConfig peer : member.peers()) {
                Member owner = folder.owner(peer);
                if (owner != null && owner != member) {
                    port(member, peer, owner);
                    somebodyElse(member, peer, owner);
                    pair(member, peer, owner);
                }
            }
        }
        folder.nodes().values().forEach(this::samePort);
        verdicts.passUnlessFound(
                Fault.PORT, "every node is called at the port at which it listens");
        verdicts.passUnlessFound(
                Fault.ENDPOINT,
                "every pair can begin"
                        + switch (keepalivesOnBothSides) {
                            case 0 -> "";
                            case 1 ->
                                    "; one pair sends keepalives from both sides, of which the"
                                            + " side behind a router is enough";
                            default ->
                                    "; %d pairs send keepalives from both sides, of which the"
                                                    .formatted(keepalivesOnBothSides)
                                            + " side behind a router is enough";
                        });
    }

    private void port(Member member, PeerConfig peer, Member owner) {
        HostPort endpoint = peer.endpoint();
        if (endpoint == null || endpoint.port() == owner.port()) {
            return;
        }
        if (owner.port() == 0) {
            verdicts.warn(
                    Fault.PORT,
                    owner.label(),
                    "%s calls it at %s, but it has no ListenPort and uses another port each time"
                            .formatted(member.label(), endpoint),
                    "ListenPort = " + endpoint.port());
            return;
        }
        // Right if a router forwards the port; then all others call it there.
        if (ports(owner).size() > 1) {
            verdicts.fail(
                    Fault.PORT,
                    member.label(),
                    "calls %s at port %d, but its ListenPort is %d, where others call it"
                            .formatted(owner.label(), endpoint.port(), owner.port()),
                    "Endpoint = " + new HostPort(endpoint.host(), owner.port()));
        } else if (forwarded.add(owner)) {
            verdicts.warn(
                    Fault.PORT,
                    owner.label(),
                    "is called at port %d, but its ListenPort is %d; right only if a router forwards"
                                    .formatted(endpoint.port(), owner.port())
                            + " it",
                    "ListenPort = %d, or %s in the files of the others"
                            .formatted(
                                    endpoint.port(), new HostPort(endpoint.host(), owner.port())));
        }
    }

    private Set<Integer> ports(Member owner) {
        Set<Integer> ports = new HashSet<>();
        called.getOrDefault(owner, Map.of()).keySet().forEach(place -> ports.add(place.port()));
        return ports;
    }

    /** Finds an endpoint that was copied from another peer. */
    private void somebodyElse(Member member, PeerConfig peer, Member owner) {
        HostPort endpoint = peer.endpoint();
        if (endpoint == null) {
            return;
        }
        Map<HostPort, Integer> ofOwner = called.get(owner);
        boolean othersAgree = ofOwner.get(endpoint) > 1 || ofOwner.size() == 1;
        if (othersAgree) {
            return;
        }
        for (PeerConfig other : member.peers()) {
            Member whose = folder.owner(other);
            if (whose != null
                    && whose != owner
                    && endpoint.equals(other.endpoint())
                    && called.get(whose).get(endpoint) > 1) {
                verdicts.warn(
                        Fault.ENDPOINT,
                        member.label(),
                        "calls %s at %s, which is where %s is; right only if that relays for it"
                                .formatted(owner.label(), endpoint, whose.label()),
                        "Endpoint = the address of " + owner.label());
                return;
            }
        }
    }

    private void pair(Member member, PeerConfig there, Member owner) {
        PeerConfig back = owner.peer(member);
        if (back == null) {
            return;
        }
        boolean first = member.label().compareTo(owner.label()) < 0;
        if (there.endpoint() == null && back.endpoint() == null) {
            if (first) {
                verdicts.fail(
                        Fault.ENDPOINT,
                        member.label(),
                        "neither it nor %s has an Endpoint for the other: neither can begin"
                                .formatted(owner.label()),
                        "Endpoint = HOST:PORT on at least one side; between two home routers, a"
                                + " third node in between");
            }
            return;
        }
        if (there.endpoint() != null
                && Member.keepalive(there) == 0
                && !called.containsKey(member)) {
            verdicts.warn(
                    Fault.ENDPOINT,
                    member.label(),
                    "no file has an Endpoint for it, so it seems to be behind a router, and it"
                            + " sends"
                            + " %s no keepalive: after some silence it cannot be reached from there"
                                    .formatted(owner.label()),
                    "PersistentKeepalive = 25");
        }
        if (first
                && there.endpoint() != null
                && back.endpoint() != null
                && Member.keepalive(there) > 0
                && Member.keepalive(back) > 0) {
            keepalivesOnBothSides++;
        }
    }

    private void samePort(List<Member> ofNode) {
        Map<Integer, Member> first = new HashMap<>();
        List<Member> listening = new ArrayList<>(ofNode);
        listening.removeIf(member -> member.port() == 0);
        for (Member member : listening) {
            Member other = first.putIfAbsent(member.port(), member);
            if (other != null) {
                verdicts.fail(
                        Fault.PORT,
                        member.label(),
                        "has the ListenPort %d of %s on the same machine: the second to start fails"
                                .formatted(member.port(), other.label()),
                        "a port of its own for each interface, such as 51820 to 51823");
            }
        }
    }
}
